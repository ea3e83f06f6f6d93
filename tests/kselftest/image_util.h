/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Images made by hand, as no assembler makes them.
 */
#ifndef IMAGE_UTIL_H
#define IMAGE_UTIL_H

#include "pymm_util.h"

struct pt_image {
	uint8_t *data;
	size_t size;
	size_t room;
	size_t code;		/* offset of the code object being made */
};

void pt_image_begin(struct pt_image *image);
void pt_image_free(struct pt_image *image);
void pt_code_begin(struct pt_image *image, uint16_t slots, uint16_t params);
void pt_code_end(struct pt_image *image);

/** pt_insn() - add an instruction; all instructions go before the constants */
void pt_insn(struct pt_image *image, uint8_t op, uint8_t flags, uint16_t dst, uint16_t src1,
	     uint16_t src2, int64_t imm);

/** pt_handler() - add a handler; behind the instructions, before the constants */
void pt_handler(struct pt_image *image, const struct pymm_handler *handler);

/** pt_const() - add a constant of any kind; padded */
void pt_const(struct pt_image *image, uint32_t kind, const void *data, uint32_t len);
void pt_const_int(struct pt_image *image, int64_t value);
void pt_const_str(struct pt_image *image, const char *text);

/** pt_run_image() - PYMM_IOC_RUN with any bytes; @run is filled; 0 or negative errno */
int pt_run_image(int thread, const void *image, uint32_t size, uint32_t flags,
		 struct pymm_run *run);

#endif /* IMAGE_UTIL_H */
