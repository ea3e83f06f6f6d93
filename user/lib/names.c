// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "policies.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *lookup(const char *const *names, size_t count, uint32_t number,
			  const char *otherwise)
{
	return number < count && names[number] ? names[number] : otherwise;
}

PYMM_API const char *pymm_exception_name(uint32_t exception)
{
	static const char *const names[] = {
		[PYMM_EXC_NONE] = "none",
		[PYMM_EXC_TYPE_ERROR] = "TypeError",
		[PYMM_EXC_VALUE_ERROR] = "ValueError",
		[PYMM_EXC_NAME_ERROR] = "NameError",
		[PYMM_EXC_UNBOUND_LOCAL_ERROR] = "UnboundLocalError",
		[PYMM_EXC_INDEX_ERROR] = "IndexError",
		[PYMM_EXC_KEY_ERROR] = "KeyError",
		[PYMM_EXC_ZERO_DIVISION_ERROR] = "ZeroDivisionError",
		[PYMM_EXC_OVERFLOW_ERROR] = "OverflowError",
		[PYMM_EXC_RECURSION_ERROR] = "RecursionError",
		[PYMM_EXC_MEMORY_ERROR] = "MemoryError",
		[PYMM_EXC_RUNTIME_ERROR] = "RuntimeError",
		[PYMM_EXC_ATTRIBUTE_ERROR] = "AttributeError",
		[PYMM_EXC_STOP_ITERATION] = "StopIteration",
		[PYMM_EXC_BASE_EXCEPTION] = "BaseException",
		[PYMM_EXC_EXCEPTION] = "Exception",
		[PYMM_EXC_KEYBOARD_INTERRUPT] = "KeyboardInterrupt",
		[PYMM_EXC_SYSTEM_EXIT] = "SystemExit",
		[PYMM_EXC_ARITHMETIC_ERROR] = "ArithmeticError",
		[PYMM_EXC_ASSERTION_ERROR] = "AssertionError",
		[PYMM_EXC_LOOKUP_ERROR] = "LookupError",
		[PYMM_EXC_REFERENCE_ERROR] = "ReferenceError",
		[PYMM_EXC_NOT_IMPLEMENTED_ERROR] = "NotImplementedError",
		[PYMM_EXC_UNICODE_ERROR] = "UnicodeError",
		[PYMM_EXC_OTHER] = "exception",
	};

	return lookup(names, COUNT(names), exception, "?");
}

PYMM_API const char *pymm_reject_text(uint32_t reject)
{
	static const char *const texts[] = {
		[PYMM_REJECT_NONE] = "nothing is wrong with the image",
		[PYMM_REJECT_IMAGE] = "the head or a size of the image or of a code object is wrong",
		[PYMM_REJECT_OPCODE] = "the kernel does not know this opcode",
		[PYMM_REJECT_FLAGS] = "the opcode does not take this flag",
		[PYMM_REJECT_SLOT] = "a slot is out of range, or an unused operand is not 0",
		[PYMM_REJECT_IMMEDIATE] = "the immediate operand is out of range",
		[PYMM_REJECT_JUMP] = "the jump goes out of the code object or in the wrong direction",
		[PYMM_REJECT_CONST] = "the constant does not exist or is of the wrong kind",
		[PYMM_REJECT_END] = "the code object can be left by falling off its end",
		[PYMM_REJECT_CONST_DATA] = "the kind, length or contents of a constant are wrong",
		[PYMM_REJECT_UTF8] = "a str constant is not UTF-8",
		[PYMM_REJECT_HANDLER] = "the range, target or slot of a handler is wrong",
	};

	return lookup(texts, COUNT(texts), reject, "refused for a reason that this library does not know");
}

PYMM_API const char *pymm_type_name(uint32_t type)
{
	static const char *const names[] = {
		[PYMM_TYPE_NONE] = "NoneType",
		[PYMM_TYPE_BOOL] = "bool",
		[PYMM_TYPE_INT] = "int",
		[PYMM_TYPE_STR] = "str",
		[PYMM_TYPE_TUPLE] = "tuple",
		[PYMM_TYPE_LIST] = "list",
		[PYMM_TYPE_DICT] = "dict",
		[PYMM_TYPE_CODE] = "code",
		[PYMM_TYPE_FUNCTION] = "function",
		[PYMM_TYPE_LOCK] = "lock",
		[PYMM_TYPE_CELL] = "cell",
		[PYMM_TYPE_TYPE] = "type",
		[PYMM_TYPE_INSTANCE] = "instance",
		[PYMM_TYPE_METHOD] = "method",
		[PYMM_TYPE_WEAKREF] = "weakref",
		[PYMM_TYPE_FLOAT] = "float",
		[PYMM_TYPE_BYTES] = "bytes",
		[PYMM_TYPE_SET] = "set",
		[PYMM_TYPE_FROZENSET] = "frozenset",
		[PYMM_TYPE_SLICE] = "slice",
		[PYMM_TYPE_OBJECT] = "object",
		[PYMM_TYPE_BUILTIN] = "builtin_function_or_method",
		[PYMM_TYPE_RANGE] = "range",
		[PYMM_TYPE_RANGE_ITERATOR] = "range_iterator",
		[PYMM_TYPE_ITERATOR] = "iterator",
		[PYMM_TYPE_MODULE] = "module",
		[PYMM_TYPE_EXCEPTION] = "exception",
		[PYMM_TYPE_TRACEBACK] = "traceback",
		[PYMM_TYPE_FRAME] = "frame",
		[PYMM_TYPE_RLOCK] = "RLock",
	};

	return lookup(names, COUNT(names), type, "?");
}

static const char *const policies[] = { POLICY_NAMES };

PYMM_API const char *pymm_policy_name(uint32_t policy)
{
	return lookup(policies, COUNT(policies), policy, NULL);
}

PYMM_API int pymm_policy_from_name(const char *name, uint32_t *policy)
{
	for (uint32_t i = 0; i < COUNT(policies); i++) {
		if (strcmp(policies[i], name))
			continue;
		*policy = i;
		return 0;
	}
	return -EINVAL;
}
