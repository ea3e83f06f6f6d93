/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events are counted, by name, while shim_tracing() says so. */
#ifndef SHIM_LINUX_TRACEPOINT_H
#define SHIM_LINUX_TRACEPOINT_H

#include <linux/kernel.h>

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)		__VA_ARGS__
#define DECLARE_EVENT_CLASS(name, proto, args, ...)
#define DEFINE_EVENT(class, name, proto, args)					\
	static inline __attribute__((unused)) void trace_##name(proto)		\
	{									\
		if (shim_tracing())						\
			shim_trace(#name);					\
	}									\
	static inline __attribute__((unused)) bool trace_##name##_enabled(void)	\
	{									\
		return shim_tracing();						\
	}
#define DEFINE_EVENT_FN(class, name, proto, args, reg, unreg)			\
	DEFINE_EVENT(class, name, TP_PROTO(proto), TP_ARGS(args))
#define TRACE_EVENT(name, proto, args, ...)	DEFINE_EVENT(name, name, TP_PROTO(proto), TP_ARGS(args))

#endif /* SHIM_LINUX_TRACEPOINT_H */
