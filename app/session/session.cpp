// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.h"

namespace InfraConsole {

Session::Session(QObject *parent) : QObject(parent) {}
Session::~Session() = default;

} // namespace InfraConsole
