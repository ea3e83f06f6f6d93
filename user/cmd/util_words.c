// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words that are not known: which one was meant, or else all there are.
 */
#include <string.h>

#include "cmd.h"

void cmd_words_add(struct cmd_words *words, const char *word)
{
	size_t used = strlen(words->known);

	nearest_try(&words->nearest, word);
	snprintf(words->known + used, sizeof(words->known) - used, "%s%s", used ? ", " : "", word);
}

int cmd_unknown(struct cmd *cmd, const struct cmd_words *words, const char *where,
		const char *kind)
{
	const struct nearest *nearest = &words->nearest;

	return cmd_misused(cmd, "%s%sunknown %s '%.*s'%s%s%s", where ? where : "",
			   where ? ": " : "", kind, (int)nearest->len, nearest->text,
			   nearest->word ? " (did you mean " : ": there are ",
			   nearest->word ? nearest->word : words->known,
			   nearest->word ? "?)" : "");
}

int cmd_unknown_command(struct cmd *cmd, const char *text)
{
	struct cmd_words words = { .nearest = nearest_to(text, strlen(text)) };
	const struct cmd_object *object = cmd->object;

	for (const struct cmd_command *command = object->commands; command->name; command++)
		cmd_words_add(&words, command->name);
	return cmd_unknown(cmd, &words, object->name, object->kind ? object->kind : "command");
}
