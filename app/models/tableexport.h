// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QByteArray>

namespace InfraConsole {

// What a table shows, in its order, with raw values in base units. Columns without an export name are left out;
// unknown is an empty field in CSV and null in JSON.
//
// "csv": RFC 4180 with a header line. "json": an array of objects.
[[nodiscard]] QByteArray exportTable(const QAbstractItemModel &model, const QString &suffix);

// Tab-separated text of `rows` as shown on screen, with a line of headers: for the clipboard.
[[nodiscard]] QString tableText(const QAbstractItemModel &model, const QList<int> &rows);

} // namespace InfraConsole
