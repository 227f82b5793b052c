// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <functional>

class QWidget;

namespace InfraConsole {

// Asks where to, then writes what `render` returns; a file is replaced whole or not at all, and a failure is said.
// `title` names the contents and suggests the file's name. Does not wait: the dialog belongs to `parent`.
void saveAs(QWidget *parent, const QString &title, const QString &suffix, std::function<QByteArray()> render);

} // namespace InfraConsole
