// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm demo: plays the scenes and reports.
 */
#include <stdlib.h>
#include <string.h>

#include "demo.h"

/**
 * struct scene - a part of the demo
 * @name: as on the command line
 * @title: what it is about, in the text's words
 * @play: does it
 */
struct scene {
	const char *name;
	const char *title;
	int (*play)(struct demo *demo);
};

static const struct scene scenes[] = {
	{ "model", "what a memory model is, and what manages memory", demo_model },
	{ "objects", "everything is an object, with a type, a value and an identity",
	  demo_objects },
	{ "names", "names are labels that point to objects", demo_names },
	{ "immutable", "objects whose state cannot be changed after creation",
	  demo_immutable },
	{ "mutable", "objects that are modified in place", demo_mutable },
	{ "functions", "mutable default arguments", demo_functions },
	{ "refcount", "reference counting", demo_refcount },
	{ "cycle", "the generational garbage collector", demo_cycle },
	{ "threads", "the Global Interpreter Lock and CPU-bound threads", demo_threads },
	{ "waiting", "the GIL and I/O-bound threads", demo_waiting },
	{ "processes", "true parallelism: processes", demo_processes },
	{ "race", "race conditions, even with the GIL", demo_race },
	{ "lock", "the solution: locks", demo_lock },
	{ "table", "the text's summary table", demo_table },
	{ 0 },
};

int demo_trace(struct demo *demo, const struct trace_tool *tool, struct trace **out)
{
	struct trace_filter filter = { .arena = demo->arena_id };
	const char *why;
	int ret;

	*out = NULL;
	if (!demo->tracing)
		return CMD_OK;
	ret = trace_open(tool, &filter, out);
	if (!ret)
		return CMD_OK;
	why = trace_error(ret);
	return cmd_fail(demo->cmd, "cannot trace: %s; --no-trace does without it",
			why ? why : strerror(-ret));
}

int demo_trace_end(struct demo *demo, struct trace *trace)
{
	int ret;

	if (!trace)
		return CMD_OK;
	trace_stop(trace);
	ret = trace_read(trace);
	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot read what was traced") : CMD_OK;
}

static int open_scene(struct demo *demo)
{
	struct pymm_query query;
	int ret = cmd_open_arena(demo->cmd, &demo->arena);

	if (ret)
		return ret;
	ret = pymm_arena_query(demo->arena, &query);
	if (ret)
		return cmd_fail_errno(demo->cmd, ret, "cannot ask for the arena's number");
	demo->arena_id = query.arena_id;
	return cmd_open_thread(demo->cmd, demo->arena, &demo->thread);
}

static void close_scene(struct demo *demo)
{
	trace_close(demo->log);
	demo->log = NULL;
	demo->nr_lines = 0;
	pymm_thread_close(demo->thread);
	pymm_arena_close(demo->arena);
	demo->thread = NULL;
	demo->arena = NULL;
}

/* In an arena of its own, so that nothing is left of the scenes before. */
static int play(struct demo *demo, const struct scene *scene)
{
	struct json *json = demo->cmd->json;
	int ret;

	if (!demo_quiet(demo))
		printf("%s: %s\n", scene->name, scene->title);
	json_open_object(json, NULL);
	json_add_string(json, "scene", scene->name);
	json_add_string(json, "title", scene->title);
	json_open_array(json, "claims");
	ret = open_scene(demo);
	if (!ret)
		ret = scene->play(demo);
	if (!ret)
		ret = demo_report_rest(demo, scene->name);
	close_scene(demo);
	if (ret)
		return ret;
	json_close(json);
	json_close(json);
	if (!demo_quiet(demo))
		printf("\n");
	return CMD_OK;
}

static void show_trace(const struct demo *demo, const struct trace *trace, const char *key,
		       const char *what)
{
	if (!trace || demo->only)
		return;
	if (demo->cmd->json) {
		trace_json(trace, demo->cmd->json, key);
		return;
	}
	printf("%s", what);
	trace_print(trace, stdout);
	printf("\n");
}

static int end(struct demo *demo)
{
	show_trace(demo, demo->gil, "trace_gil", "What 'trace gil' saw in scene threads:\n");
	show_trace(demo, demo->gc, "trace_gc", "What 'trace gc' saw in scene cycle:\n");
	return demo_report_end(demo);
}

static const struct scene *find_scene(const char *name)
{
	for (const struct scene *scene = scenes; scene->name; scene++)
		if (!strcmp(scene->name, name))
			return scene;
	return NULL;
}

static bool all(const char *name)
{
	return !strcmp(name, "all");
}

static int check_scenes(struct cmd *cmd)
{
	for (int i = 0; i < cmd->argc; i++)
		if (!all(cmd->argv[i]) && !find_scene(cmd->argv[i]))
			return cmd_unknown_command(cmd, cmd->argv[i]);
	return CMD_OK;
}

/* The claim that was asked for. */
static int find_only(struct cmd *cmd, const struct claim **only)
{
	const char *number = cmd_text(cmd, "--claim", NULL);

	*only = number ? demo_find_claim(number) : NULL;
	if (number && !*only)
		return cmd_misused(cmd, "there is no claim '%s': they are S01 to S44, A1 to A6, "
				   "B1, B2, C1, D1, D2, E1 to E4, F1, G1 to G10, T1 to T6", number);
	return CMD_OK;
}

/*
 * The first scene was taken for the command, unless an option stands before it: then the
 * command is "all", which means all only if no scene is named.
 */
static bool wanted(const struct cmd *cmd, const char *scene)
{
	if (!strcmp(cmd->command->name, scene) || (!cmd->argc && all(cmd->command->name)))
		return true;
	for (int i = 0; i < cmd->argc; i++)
		if (all(cmd->argv[i]) || !strcmp(cmd->argv[i], scene))
			return true;
	return false;
}

static int play_wanted(struct demo *demo)
{
	int ret = CMD_OK;

	for (const struct scene *scene = scenes; !ret && scene->name; scene++)
		if (demo->only ? !strcmp(demo->only->scene, scene->name) :
				 wanted(demo->cmd, scene->name))
			ret = play(demo, scene);
	return ret;
}

static int run(struct cmd *cmd)
{
	struct demo demo = { .cmd = cmd, .tracing = !cmd_flag(cmd, "--no-trace") };
	int ret = check_scenes(cmd);

	if (!ret)
		ret = find_only(cmd, &demo.only);
	if (ret)
		return ret;
	cmd_catch_signals();
	json_open_object(cmd->json, NULL);
	json_open_array(cmd->json, "scenes");
	ret = play_wanted(&demo);
	if (!ret) {
		json_close(cmd->json);
		ret = end(&demo);
	}
	trace_close(demo.gil);
	trace_close(demo.gc);
	return ret;
}

static const struct cmd_option options[] = {
	{ "--claim", CMD_TEXT, "NUMBER", "show only this claim: S01, A1, ...", 0, 0, NULL },
	{ "--no-trace", CMD_FLAG, NULL, "without eBPF, which needs root", 0, 0, NULL },
	{ 0 },
};

#define SCENE(name, summary) { name, "[SCENE...]", summary, options, 0, -1, run }

static const struct cmd_command commands[] = {
	SCENE("all", "play all scenes"),
	SCENE("model", "what an arena has, and what frees an object"),
	SCENE("objects", "types and ids, and an id that comes back"),
	SCENE("names", "two names for one int, then one of them bound to another"),
	SCENE("immutable", "a name bound to one str, then to another"),
	SCENE("mutable", "a list that is appended to"),
	SCENE("functions", "a default list that two calls share"),
	SCENE("refcount", "counts of a list, step by step to its end"),
	SCENE("cycle", "two lists that name each other, and the collector"),
	SCENE("threads", "CPU-bound threads are not faster"),
	SCENE("waiting", "threads that wait let others run, and pay for it"),
	SCENE("processes", "an arena each, and in parallel"),
	SCENE("race", "updates of a counter that get lost"),
	SCENE("lock", "a lock prevents that"),
	SCENE("table", "what the text sums up"),
	{ 0 },
};

const struct cmd_object cmd_demo = {
	.name = "demo",
	.summary = "each claim of the text on Python's memory model, and what the kernel shows",
	.commands = commands,
	.kind = "scene",
	.bare = true,
};
