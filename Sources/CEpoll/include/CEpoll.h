// Turnledger. SPDX-License-Identifier: Apache-2.0
//
// Two headers of Linux that Swift's Glibc module leaves out.
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif
