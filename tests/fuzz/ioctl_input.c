// SPDX-License-Identifier: GPL-2.0-only
/* Inputs, and the chains of seeds that they come about from. */
#include "ioctl_fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fuzz_input_make(struct fuzz_input *input, struct gen_source *source)
{
	input->nr_ops = 2 + gen_below(source, FUZZ_MAX_OPS - 2);
	for (uint32_t i = 0; i < input->nr_ops; i++)
		fuzz_random_op(&input->ops[i], source);
}

static void fuzz_input_change(struct fuzz_input *input, struct gen_source *source)
{
	uint32_t pos = gen_below(source, input->nr_ops), n = 1 + gen_below(source, 3);
	struct fuzz_op *op = &input->ops[pos];

	switch (gen_below(source, 8)) {
	case 0:
		fuzz_random_op(op, source);
		break;
	case 1:
		op->target = (uint8_t)gen_below(source, 256);
		break;
	case 2:
		op->fail = (uint8_t)gen_below(source, 12);
		break;
	case 3:
		if (input->nr_ops > 1) {
			memmove(op, op + 1, (input->nr_ops - pos - 1) * sizeof(*op));
			input->nr_ops--;
		}
		break;
	case 4:
		*op = input->ops[gen_below(source, input->nr_ops)];
		break;
	default:
		while (n-- && input->nr_ops < FUZZ_MAX_OPS) {
			memmove(op + 1, op, (input->nr_ops - pos) * sizeof(*op));
			input->nr_ops++;
			if (gen_one_in(source, 3))
				*op = input->ops[gen_below(source, input->nr_ops)];
			else
				fuzz_random_op(op, source);
		}
		break;
	}
}

void fuzz_input_of(struct fuzz_input *input, const struct fuzz_chain *chain)
{
	struct gen_source source;

	gen_source_seed(&source, chain->seeds[0]);
	fuzz_input_make(input, &source);
	for (uint32_t i = 1; i < chain->len; i++) {
		gen_source_seed(&source, chain->seeds[i]);
		fuzz_input_change(input, &source);
		while (gen_one_in(&source, 2))
			fuzz_input_change(input, &source);
	}
}

void fuzz_chain_print(const struct fuzz_chain *chain, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < chain->len && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%x", i ? "/" : "",
				       chain->seeds[i]);
}

bool fuzz_chain_parse(struct fuzz_chain *chain, const char *text)
{
	char *end;

	for (chain->len = 0; chain->len < FUZZ_MAX_CHAIN; text = end + 1) {
		chain->seeds[chain->len++] = (uint32_t)strtoul(text, &end, 16);
		if (end == text || (*end && *end != '/' && *end != '\n'))
			return false;
		if (*end != '/')
			return true;
	}
	return false;
}

/*
 * One that was read from a file, as it is, as long as there are any; then one that was kept,
 * changed; or a new one.
 */
void fuzz_chain_choose(struct fuzz_shared *shared, struct fuzz_chain *chain,
		       struct gen_source *source)
{
	uint32_t nr = atomic_load(&shared->nr_corpus);
	uint32_t read = atomic_load(&shared->nr_executed);

	if (read < shared->nr_read &&
	    atomic_compare_exchange_strong(&shared->nr_executed, &read, read + 1)) {
		*chain = shared->corpus[read];
		return;
	}
	chain->len = 0;
	if (nr > FUZZ_MAX_CORPUS)
		nr = FUZZ_MAX_CORPUS;
	if (nr && gen_below(source, 5))
		*chain = shared->corpus[gen_below(source, nr)];
	if (chain->len == FUZZ_MAX_CHAIN)
		chain->len = 0;
	chain->seeds[chain->len++] = gen_below(source, UINT32_MAX);
}

/* Who reads an entry while it is written gets some other input, which is as good. */
void fuzz_chain_keep(struct fuzz_shared *shared, const struct fuzz_chain *chain)
{
	uint32_t at = atomic_fetch_add(&shared->nr_corpus, 1);

	if (at < FUZZ_MAX_CORPUS)
		shared->corpus[at] = *chain;
	else
		atomic_store(&shared->nr_corpus, FUZZ_MAX_CORPUS);
}
