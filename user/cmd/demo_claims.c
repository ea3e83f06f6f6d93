// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims of the text, in its words and its order, each with the verdict that the reference
 * of CPython 3.13's semantics has on it. What the kernel shows does not enter here.
 */
#include <string.h>
#include <strings.h>

#include "demo.h"

#define OK(number_, scene_, says_) \
	{ .number = (number_), .scene = (scene_), .says = (says_) }
#define IMPRECISE(number_, scene_, says_, but_) \
	{ .number = (number_), .scene = (scene_), .says = (says_), \
	  .verdict = DEMO_IMPRECISE, .but = (but_) }
#define WRONG(number_, scene_, says_, but_) \
	{ .number = (number_), .scene = (scene_), .says = (says_), \
	  .verdict = DEMO_WRONG, .but = (but_) }

static const struct claim claims[] = {
	OK("S01", "model",
	   "a memory model defines how a program's memory is organized and how different parts of "
	   "the program (like threads) interact with that memory"),
	IMPRECISE("S02", "model",
		  "two critical aspects: the abstract representation; the concrete implementation "
		  "in your computer's RAM and CPU caches",
		  "caches are never mentioned again"),
	OK("S03", "model", "Python manages memory for you automatically"),
	WRONG("S04", "model", "this is managed by a system of private namespaces, or scopes",
	      "namespaces hold references; counts and the collector manage memory; and namespaces "
	      "are not private"),
	OK("S05", "names",
	   "there is no such thing as a \"variable\" in the C sense (a named memory slot that "
	   "holds a value)"),
	OK("S06", "objects",
	   "everything in Python is an object: integers, strings, lists, functions, classes, etc."),
	IMPRECISE("S07", "objects",
		  "an object has a type, a value, and a unique identity (its address in memory, "
		  "accessible via id(obj))",
		  "unique among the objects alive only: it may be given out again at once; the "
		  "address is a detail of CPython"),
	OK("S08", "names", "names are the labels you use in your code"),
	IMPRECISE("S09", "names",
		  "namespaces: a dictionary-like mapping that connects names to objects",
		  "the locals of a function are slots of its frame, and no dict"),
	OK("S10", "names", "names are just labels that point to objects in memory"),
	OK("A1", "names", "x and y point to the SAME integer object in memory"),
	WRONG("A2", "names", "print(f\"y is: {y}, id: {y}\")",
	      "it prints the value a second time; {id(y)} is meant"),
	OK("A3", "names", "'is' checks for object identity"),
	IMPRECISE("A4", "names", "x = 400: x now points to a NEW integer object",
		  "the 400 was made with the program, before the assignment, which only binds the "
		  "name"),
	OK("A5", "names", "y is still pointing to the original object; not the same object now"),
	OK("A6", "names", "when you write y = x, you are not creating a copy of the object"),
	IMPRECISE("S11", "immutable",
		  "mutable or immutable is a direct consequence of \"names point to objects\"",
		  "it is a property of types; that names share an object only makes it visible"),
	OK("S12", "immutable", "immutable: objects whose state cannot be changed after creation"),
	IMPRECISE("S13", "immutable", "examples: int, float, str, tuple, frozenset",
		  "tuple and frozenset are shallow: which objects they hold is fixed, what is in "
		  "those is not"),
	IMPRECISE("S14", "immutable",
		  "an operation on an immutable object creates a new object with the new value and "
		  "rebinds the name to this new object",
		  "it may return the same object; and it is the assignment that rebinds the name"),
	IMPRECISE("B1", "immutable",
		  "the line does NOT change the original \"hello\" string; it creates a new string "
		  "\"world\" and makes s point to it",
		  "both strings were made with the program, before its first line; the line only "
		  "binds s"),
	OK("B2", "immutable", "the ID has changed!"),
	OK("S15", "mutable", "mutable: objects whose state can be changed after creation"),
	OK("S16", "mutable", "examples: list, dict, set, custom class instances"),
	IMPRECISE("S17", "mutable",
		  "operations on mutable objects modify the object in-place; the name continues to "
		  "point to the same object",
		  "those that are made to: my_list + [6] makes a new list; += rebinds the name, "
		  "too"),
	OK("C1", "mutable",
	   "append MODIFIES the list object in-place; the ID is the same; it prints [1, 2, 3, 4]"),
	OK("D1", "functions", "the default list is created ONCE when the function is defined"),
	OK("D2", "functions",
	   "it prints [1], then [1, 2]: the same list is being reused"),
	OK("S18", "refcount",
	   "it must also have a way to clean up objects that are no longer in use: garbage "
	   "collection"),
	WRONG("S19", "refcount",
	      "a reference counting mechanism, supplemented by a generistic garbage collector",
	      "the word is generational"),
	IMPRECISE("S20", "refcount",
		  "every object has a count of how many names are pointing to it",
		  "every strong reference counts: also those of containers, frames, cells, C code"),
	OK("S21", "refcount", "when a name is assigned to an object, its count increases"),
	OK("S22", "refcount",
	   "when a name is reassigned or goes out of scope, the count for the old object "
	   "decreases"),
	IMPRECISE("S23", "refcount",
		  "when an object's reference count drops to zero, it is immediately deallocated, "
		  "and its memory is freed",
		  "at once, yes; but its memory goes to a free list, a finalizer may resurrect the "
		  "object, and immortal ones have no count that drops"),
	OK("E1", "refcount", "a = []  # A list is created. ref_count = 1"),
	OK("E2", "refcount", "b = a  # Another name points to it. ref_count = 2"),
	OK("E3", "refcount",
	   "del a  # ref_count = 1: the list is not deleted yet because 'b' still points to it"),
	IMPRECISE("E4", "refcount",
		  "del b  # ref_count = 0: now, the list is garbage collected and its memory is "
		  "freed",
		  "it is freed by its count; the garbage collector takes no part"),
	OK("S24", "cycle",
	   "reference counting is fast but it can't handle reference cycles: their reference count "
	   "never reaches zero"),
	OK("S25", "cycle", "the generational GC solves this"),
	OK("S26", "cycle", "it divides objects into three generations (0, 1, and 2)"),
	IMPRECISE("S27", "cycle", "new objects start in Gen 0",
		  "those that can be in a cycle; an int is in no generation"),
	OK("S28", "cycle", "the GC frequently scans Gen 0"),
	WRONG("S29", "cycle", "an object that survives a few collection cycles is promoted",
	      "one collection that it survives is enough"),
	OK("S30", "cycle", "older generations are scanned less frequently"),
	OK("S31", "cycle",
	   "this approach is much more efficient than scanning all objects all the time"),
	OK("S32", "race",
	   "with multiple threads, you need to know how they interact with memory to avoid race "
	   "conditions and bugs"),
	{ .number = "S33", .scene = "threads", .state = DEMO_UNOBSERVABLE,
	  .verdict = DEMO_OPINION,
	  .says = "the GIL is the single most important concept for understanding Python's "
		  "concurrency model",
	  .but = "an opinion, and of a version: CPython 3.13t and 3.14t run without it" },
	IMPRECISE("S34", "threads",
		  "the GIL is a mutex that prevents multiple native threads from executing Python "
		  "bytecode at the same time within a single process",
		  "a flag and a condition, which are asked for in time; one for each interpreter "
		  "since 3.12; none in free-threaded builds"),
	OK("S35", "threads",
	   "it simplifies memory management: the reference counting mechanism (and other C API "
	   "calls) is inherently thread-safe"),
	IMPRECISE("S36", "threads",
		  "without the GIL, you'd need much more complex locking mechanisms, which would "
		  "cripple performance for single-threaded code",
		  "PEP 703 does without: 5 to 6% slower with one thread in its own table; the 3.13 "
		  "manual says about 40% for 3.13t"),
	OK("S37", "race",
	   "the GIL is not about protecting your data; it's about protecting Python's internal "
	   "data structures"),
	OK("S38", "threads",
	   "only one thread can run at a time; the interpreter will switch between threads, but "
	   "this doesn't give you a speedup"),
	OK("F1", "threads", "this will NOT run faster on a multi-core CPU due to the GIL"),
	OK("S39", "waiting",
	   "while one thread is waiting for a network response, the GIL is freed, and another "
	   "thread can run"),
	IMPRECISE("S40", "waiting",
		  "this makes threading very effective for I/O-bound applications",
		  "beside a CPU-bound thread each return from I/O costs up to a switch interval"),
	IMPRECISE("S41", "processes",
		  "to speed up CPU-bound tasks in Python, you must use a process-based approach",
		  "or native code that drops the GIL, interpreters with a GIL of their own (3.12), "
		  "or a free-threaded build"),
	OK("S42", "processes",
	   "multiprocessing creates separate processes, each with its own Python interpreter and "
	   "memory space"),
	OK("S43", "processes",
	   "communication between processes is more expensive, but they can run on different CPU "
	   "cores in true parallel"),
	{ .number = "S44", .scene = "processes", .state = DEMO_UNOBSERVABLE,
	  .says = "concurrent.futures.ProcessPoolExecutor: a high-level interface for using the "
		  "multiprocessing module" },
	OK("G1", "race", "even with the GIL, you can still have race conditions"),
	OK("G2", "race",
	   "counter += 1 is NOT an atomic operation: 1. read counter, 2. add 1, 3. write counter "
	   "back"),
	WRONG("G3", "race",
	      "two threads, each: for _ in range(1_000_000): counter += 1. Likely not 2,000,000!",
	      "since CPython 3.10 it is: no check point lies between the read and the write. True "
	      "up to 3.9, where a switch can come between any two instructions"),
	OK("G4", "race",
	   "A reads 0, B reads 0, A calculates 0 + 1, B calculates 0 + 1, A writes 1, B writes 1: "
	   "the final value is 1, not 2"),
	IMPRECISE("G5", "race", "lock = threading.Lock()  # We'll fix this with a lock",
		  "the snippet makes the lock, and never uses it"),
	IMPRECISE("G6", "lock",
		  "a lock ensures that only one thread can execute a specific block of code at a "
		  "time",
		  "only those threads that take the same lock: nothing ties it to the block or "
		  "data"),
	IMPRECISE("G7", "lock",
		  "the GIL is released while a thread is waiting to acquire a lock, allowing other "
		  "threads to run",
		  "only where the lock is taken: to acquire a free one keeps the GIL"),
	OK("G8", "lock", "with lock: acquire the lock, execute block, release lock automatically"),
	IMPRECISE("G9", "lock",
		  "now, the counter += 1 operation is atomic: thread B will be forced to wait "
		  "until thread A is finished",
		  "it is three steps still; only threads that take the lock must wait for them"),
	IMPRECISE("G10", "race", "memory visibility and the threading module",
		  "a heading: nothing is said of it. What a thread wrote before it dropped the "
		  "GIL, the next one that takes it sees"),
	OK("T1", "table", "a = b means a and b point to the same object; be careful with mutable "
	   "objects"),
	WRONG("T2", "table",
	      "objects like int, str cannot be changed; operations create new objects; reassigning "
	      "an immutable variable changes its id",
	      "an object never changes its id; the name may get the same object again, as with "
	      "small ints"),
	OK("T3", "table",
	   "modifying a mutable object does not change its id; watch out for shared mutable state"),
	IMPRECISE("T4", "table",
		  "automatic reclamation of memory for objects with zero references, by reference "
		  "counting and a generistic GC",
		  "garbage in cycles never has zero references: that is why there is a collector"),
	IMPRECISE("T5", "table",
		  "CPU-bound tasks don't get a speedup from threading; I/O-bound tasks do; use "
		  "multiprocessing for CPU-bound parallelism",
		  "as S34, S38, S40 and S41"),
	IMPRECISE("T6", "table",
		  "race conditions: multiple threads access shared data and try to change it "
		  "simultaneously; the solution is to use threading.Lock",
		  "not simultaneously: that their instructions alternate is enough; and a lock is "
		  "one solution of several"),
	{ 0 },
};

const struct claim *demo_claims(void)
{
	return claims;
}

const struct claim *demo_find_claim(const char *number)
{
	for (const struct claim *claim = claims; claim->number; claim++)
		if (!strcasecmp(claim->number, number))
			return claim;
	return NULL;
}

const char *demo_verdict_name(enum demo_verdict verdict)
{
	static const char *const names[] = {
		[DEMO_OK] = "ok",
		[DEMO_IMPRECISE] = "imprecise",
		[DEMO_WRONG] = "wrong",
		[DEMO_OPINION] = "opinion",
	};

	return names[verdict];
}
