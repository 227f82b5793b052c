// SPDX-License-Identifier: GPL-3.0-or-later
#include "savefile.h"

#include "widgets/plaintext.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QRegularExpression>
#include <QSaveFile>
#include <QStandardPaths>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::SaveFile)
};

} // namespace

void saveAs(QWidget *parent, const QString &title, const QString &suffix, std::function<QByteArray()> render,
            std::function<void(const QString &)> announce)
{
    static const QRegularExpression separators(QStringLiteral("[^\\w]+"), QRegularExpression::UseUnicodePropertiesOption);
    auto *const dialog = new QFileDialog(parent, Text::tr("Export %1").arg(title));
    dialog->setObjectName(QStringLiteral("saveFileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffix);
    dialog->setDirectory(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    dialog->selectFile(title.toLower().replace(separators, QStringLiteral("-")) + QLatin1Char('.') + suffix);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
                     [parent, render = std::move(render), announce = std::move(announce)](const QString &path) {
        const QString shown = QDir::toNativeSeparators(path);
        QSaveFile file(path);
        const QByteArray bytes = render();
        if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) {
            if (announce)
                announce(Text::tr("Wrote %1.").arg(shown));
            return;
        }
        const QString problem = Text::tr("Cannot write %1: %2.").arg(shown, file.errorString());
        if (announce) {
            announce(problem);
            return;
        }
        auto *const message = new QMessageBox(QMessageBox::Warning, Text::tr("Export"), problem, QMessageBox::Close, parent);
        message->setAttribute(Qt::WA_DeleteOnClose);
        showPlainTexts(*message);
        message->open();
    });
    dialog->open();
}

} // namespace InfraConsole
