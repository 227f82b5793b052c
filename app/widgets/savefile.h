// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <functional>

class QWidget;

namespace InfraConsole {

// Asks where to, then writes what `render` returns; a file is replaced whole or not at all. `title` names the contents
// and suggests the file's name. How it went is said by `announce`; without one only a failure is said, in a box. Does
// not wait: the dialog belongs to `parent`, which must live as long as what `render` reads.
void saveAs(QWidget *parent, const QString &title, const QString &suffix, std::function<QByteArray()> render,
            std::function<void(const QString &)> announce = {});

} // namespace InfraConsole
