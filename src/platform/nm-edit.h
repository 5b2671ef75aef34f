/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

G_BEGIN_DECLS

/**
 * TlNmEdit:
 *
 * A change that was prepared: the settings were read as they are now, the new ones stand ready.
 * Nothing has been changed yet.
 */
typedef struct _TlNmEdit TlNmEdit;

const TlChange *tl_nm_edit_get_change (const TlNmEdit *edit);
gboolean tl_nm_edit_is_noop (const TlNmEdit *edit);
char *tl_nm_edit_find_foreign (const TlNmEdit *edit, const TlNetState *net);
void tl_nm_edit_unref (TlNmEdit *edit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlNmEdit, tl_nm_edit_unref)

G_END_DECLS
