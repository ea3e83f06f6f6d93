// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "image_util.h"

static void *image_add(struct pt_image *image, const void *data, size_t size)
{
	void *at;

	if (image->size + size > image->room) {
		image->room = 2 * (image->size + size);
		image->data = realloc(image->data, image->room);
		if (!image->data)
			pt_die("out of memory");
	}
	at = image->data + image->size;
	if (data)
		memcpy(at, data, size);
	else
		memset(at, 0, size);
	image->size += size;
	((struct pymm_image *)image->data)->size = image->size;
	return at;
}

static struct pymm_code *image_code(struct pt_image *image)
{
	return (struct pymm_code *)(image->data + image->code);
}

void pt_image_begin(struct pt_image *image)
{
	struct pymm_image head = {
		.magic = PYMM_IMAGE_MAGIC,
		.version = PYMM_IMAGE_VERSION,
	};

	memset(image, 0, sizeof(*image));
	image->room = 4096;
	image->data = malloc(image->room);
	image_add(image, &head, sizeof(head));
}

void pt_image_free(struct pt_image *image)
{
	free(image->data);
	memset(image, 0, sizeof(*image));
}

void pt_code_begin(struct pt_image *image, uint16_t slots, uint16_t params)
{
	struct pymm_code head = { .nr_slots = slots, .nr_params = params };

	image->code = image->size;
	image_add(image, &head, sizeof(head));
	((struct pymm_image *)image->data)->nr_codes++;
}

void pt_code_end(struct pt_image *image)
{
	image_code(image)->size = image->size - image->code;
}

void pt_insn(struct pt_image *image, uint8_t op, uint8_t flags, uint16_t dst, uint16_t src1,
	     uint16_t src2, int64_t imm)
{
	struct pymm_insn insn = {
		.op = op, .flags = flags, .dst = dst, .src1 = src1, .src2 = src2, .imm = imm,
	};

	image_add(image, &insn, sizeof(insn));
	image_code(image)->nr_insns++;
}

void pt_handler(struct pt_image *image, const struct pymm_handler *handler)
{
	image_add(image, handler, sizeof(*handler));
	image_code(image)->nr_handlers++;
}

void pt_const(struct pt_image *image, uint32_t kind, const void *data, uint32_t len)
{
	struct pymm_const head = { .kind = kind, .len = len };

	image_add(image, &head, sizeof(head));
	image_add(image, data, len);
	image_add(image, NULL, -len & 7);
	image_code(image)->nr_consts++;
}

void pt_const_int(struct pt_image *image, int64_t value)
{
	pt_const(image, PYMM_CONST_INT, &value, sizeof(value));
}

void pt_const_str(struct pt_image *image, const char *text)
{
	pt_const(image, PYMM_CONST_STR, text, strlen(text));
}

int pt_run_image(int thread, const void *image, uint32_t size, uint32_t flags,
		 struct pymm_run *run)
{
	run->flags = flags;
	run->image = (uintptr_t)image;
	run->image_size = size;
	return pt_ioctl(thread, PYMM_IOC_RUN, run);
}
