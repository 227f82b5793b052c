// SPDX-License-Identifier: GPL-3.0-or-later
#include "tableexport.h"

#include "models/tablemodel.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace InfraConsole {

namespace {

QString exportName(const QAbstractItemModel &model, int column)
{
    return model.headerData(column, Qt::Horizontal, ItemRole::Export).toString();
}

QByteArray csvField(const QVariant &value)
{
    if (!value.isValid())
        return {};
    if (value.typeId() == QMetaType::Double)
        return QByteArray::number(value.toDouble(), 'g', 15);
    QByteArray text = value.toString().toUtf8();
    if (text.contains('"') || text.contains(',') || text.contains('\n') || text.contains('\r')) {
        text.replace('"', "\"\"");
        return '"' + text + '"';
    }
    return text;
}

} // namespace

QByteArray exportTable(const QAbstractItemModel &model, const QString &suffix)
{
    QList<int> columns;
    for (int column = 0; column < model.columnCount(); ++column) {
        if (!exportName(model, column).isEmpty())
            columns << column;
    }
    if (suffix == QLatin1String("json")) {
        QJsonArray array;
        for (int row = 0; row < model.rowCount(); ++row) {
            QJsonObject object;
            for (const int column : std::as_const(columns))
                object.insert(exportName(model, column), QJsonValue::fromVariant(model.index(row, column).data(ItemRole::Export)));
            array.append(object);
        }
        return QJsonDocument(array).toJson();
    }
    QByteArray bytes;
    const auto line = [&](const auto &field) {
        QByteArrayList fields;
        for (const int column : std::as_const(columns))
            fields << csvField(field(column));
        bytes += fields.join(',') + "\r\n";
    };
    line([&](int column) { return QVariant(exportName(model, column)); });
    for (int row = 0; row < model.rowCount(); ++row)
        line([&](int column) { return model.index(row, column).data(ItemRole::Export); });
    return bytes;
}

QString tableText(const QAbstractItemModel &model, const QList<int> &rows)
{
    QList<int> columns;
    QStringList header;
    for (int column = 0; column < model.columnCount(); ++column) {
        if (exportName(model, column).isEmpty())
            continue;
        columns << column;
        header << model.headerData(column, Qt::Horizontal).toString();
    }
    QStringList lines{header.join(QLatin1Char('\t'))};
    for (const int row : rows) {
        QStringList fields;
        for (const int column : std::as_const(columns))
            fields << model.index(row, column).data().toString().replace(QLatin1Char('\t'), QLatin1Char(' '));
        lines << fields.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

} // namespace InfraConsole
