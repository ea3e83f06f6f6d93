/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked lists. What was taken off is poisoned, so that a second time is seen. */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/kernel.h>

#define LIST_HEAD(name)	struct list_head name = { &name, &name }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void shim_list_insert(struct list_head *node, struct list_head *before)
{
	shim_check(before->prev->next == before, "a list is corrupt");
	node->prev = before->prev;
	node->next = before;
	before->prev->next = node;
	before->prev = node;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	shim_list_insert(node, head->next);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	shim_list_insert(node, head);
}

static inline void list_del(struct list_head *node)
{
	shim_check(node->next && node->next->prev == node && node->prev->next == node,
		   "list_del() of what is on no list");
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = NULL;
	node->prev = NULL;
}

static inline void list_del_init(struct list_head *node)
{
	list_del(node);
	INIT_LIST_HEAD(node);
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	list_del(node);
	list_add_tail(node, head);
}

static inline bool list_is_first(const struct list_head *node, const struct list_head *head)
{
	return node->prev == head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define list_entry(node, type, member)	container_of(node, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_for_each_entry(at, head, member)					\
	for (at = list_entry((head)->next, typeof(*at), member);		\
	     &at->member != (head);						\
	     at = list_entry(at->member.next, typeof(*at), member))
#define list_for_each_entry_safe(at, after, head, member)			\
	for (at = list_entry((head)->next, typeof(*at), member),		\
	     after = list_entry(at->member.next, typeof(*at), member);		\
	     &at->member != (head);						\
	     at = after, after = list_entry(after->member.next, typeof(*at), member))

#endif /* SHIM_LINUX_LIST_H */
