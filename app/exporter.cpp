// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporter.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QMenu>
#include <QRegularExpression>
#include <QSaveFile>
#include <QStandardPaths>

namespace InfraConsole {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Exporter", text);
}

QString fileNameFor(const QString &title, const QString &suffix)
{
    static const QRegularExpression separators(QStringLiteral("[^\\w]+"), QRegularExpression::UseUnicodePropertiesOption);
    return title.toLower().replace(separators, QStringLiteral("-")) + QLatin1Char('.') + suffix;
}

void askAndWrite(QWidget *parent, const ExportItem &item, const QString &suffix,
                 const std::function<void(const QString &)> &announce)
{
    auto *dialog = new QFileDialog(parent, translated("Export %1").arg(item.title));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffix);
    dialog->setDirectory(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    dialog->selectFile(fileNameFor(item.title, suffix));
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, [item, suffix, announce](const QString &path) {
        QSaveFile file(path);
        const QByteArray bytes = item.render(suffix);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
            announce(translated("Cannot write %1: %2.").arg(QDir::toNativeSeparators(path), file.errorString()));
        else
            announce(translated("Wrote %1.").arg(QDir::toNativeSeparators(path)));
    });
    dialog->open();
}

} // namespace

void exportItems(QWidget *parent, const std::vector<ExportItem> &items,
                 const std::function<void(const QString &)> &announce)
{
    if (items.empty()) {
        announce(translated("There is nothing to export on this page."));
        return;
    }
    auto *menu = new QMenu(parent);
    menu->setObjectName(QStringLiteral("exportMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const ExportItem &item : items) {
        for (const QString &suffix : item.suffixes) {
            QAction *action = menu->addAction(translated("%1 as %2…").arg(item.title, suffix.toUpper()));
            QObject::connect(action, &QAction::triggered, parent,
                             [parent, item, suffix, announce] { askAndWrite(parent, item, suffix, announce); });
        }
    }
    menu->popup(parent->mapToGlobal(QPoint(parent->width() - menu->sizeHint().width() - 16, 72)));
}

} // namespace InfraConsole
