/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/**
 * TlNote:
 * @severity: what it means
 * @text: whole sentences
 */
typedef struct {
  TlSeverity severity;
  char *text;
} TlNote;

GPtrArray *tl_describe_notes (const TlVerdict *verdict, const char *explanation);

G_END_DECLS
