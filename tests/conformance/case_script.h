/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cases of the collector on /dev/pymm, as cases.py writes them: programs, and the state that is
 * expected after each. A script consists of lines:
 *	program N	a program, the lines up to a "."; programs count from 0 and are kept
 *	case ID		an arena of its own, in which no collection begins by itself
 *	step TEXT	what was seen until here is compared, and forgotten
 *	end		the same; all that was seen is in "collected" (what collections returned) and "all_events"
 *	run N		run a program in it
 *	look N		the same, and take a dump
 *	expect FIELD [TEXT]
 * What is seen is a text for each field, of parts with commas in between. A program gives a part
 * by printing a line "! FIELD TEXT"; an exception that it ignores is one of "events". A dump gives
 * the fields "alive", "refs", "names", "untracked_named" and "garbage". Names begin with n_ or w_
 * and labels with @, which is left out.
 */
#ifndef CONFORMANCE_CASE_SCRIPT_H
#define CONFORMANCE_CASE_SCRIPT_H

/** enum case_result - how a case ended */
enum case_result {
	CASE_SAME,
	CASE_DIFFERS,
	CASE_BAD,	/* a step cannot be executed */
};

/** struct case_report - who is told of each case */
struct case_report {
	/** @tell: @text says what differs, line by line, or is empty */
	void (*tell)(void *arg, const char *id, enum case_result result, const char *text);
	void *arg;
};

/** case_script_run() - run all: 0, or negative errno when the module or the script is to blame */
int case_script_run(const char *script, const struct case_report *report);

#endif
