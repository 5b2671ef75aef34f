/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/exit-probe.h"

#include <libsoup/soup.h>

/* An exit service on loopback. What it answers depends on the path; most paths are the answer. */
typedef struct {
  SoupServer *server;
  char *url; /* without path */
  guint n_requests;
  char *last_client;  /* address and port of the last request's connection */
  char *last_headers; /* names of the last request's headers */
  guint n_gone;       /* connections that the client closed */
  gsize n_sent;
} Service;

/* What became of a question. */
typedef struct {
  TlExit *exit;
  GError *error;
  guint n_completions;
} Outcome;

Service *service_new (TlFamily family, GTlsCertificate *certificate);
void service_free (Service *service);

GSocketService *listener_new (TlFamily family, guint *n_connections, char **ret_url);
void listener_close (GSocketService *listener);

void on_asked (GObject *source, GAsyncResult *result, gpointer user_data);
void settle (guint ms);
TlExit *ask_urls (TlFamily family, const char *const *urls, guint timeout_ms);
TlExit *ask (TlFamily family, const Service *service, const char *path, guint timeout_ms);
void assert_address (const TlExit *exit, const char *expected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Service, service_free)
