/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/rtnl.h"

G_BEGIN_DECLS

typedef struct {
  TlRtnl *rtnl;
  guint n_changed;
} RtnlFixture;

void rtnl_fixture_set_up (RtnlFixture *fixture, gconstpointer commands);
void rtnl_fixture_tear_down (RtnlFixture *fixture, gconstpointer commands);
void rtnl_fixture_watch (RtnlFixture *fixture);
void rtnl_fixture_settle (RtnlFixture *fixture);
void rtnl_fixture_wait_for_changes (RtnlFixture *fixture, guint n);
guint rtnl_fixture_run_for (guint milliseconds);
void rtnl_fixture_assert_like_kernel (RtnlFixture *fixture);
void rtnl_fixture_check_change (RtnlFixture *fixture, const char *command);
void rtnl_fixture_check_steps (RtnlFixture *fixture, const char *command);

G_END_DECLS
