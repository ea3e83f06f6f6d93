/* SPDX-License-Identifier: GPL-2.0-only */
/* Singly linked lists; only one task runs at a time. */
#ifndef SHIM_LINUX_LLIST_H
#define SHIM_LINUX_LLIST_H

#include <linux/kernel.h>

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *list)
{
	return !list->first;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *list)
{
	node->next = list->first;
	list->first = node;
	return !node->next;
}

static inline struct llist_node *llist_del_all(struct llist_head *list)
{
	struct llist_node *first = list->first;

	list->first = NULL;
	return first;
}

#define shim_llist_entry(node, type, member) \
	((node) ? container_of(node, type, member) : NULL)
#define llist_for_each_entry_safe(at, after, node, member)			\
	for (at = shim_llist_entry(node, typeof(*at), member);			\
	     at && (after = shim_llist_entry(at->member.next, typeof(*at), member), true); \
	     at = after)

#endif /* SHIM_LINUX_LLIST_H */
