// SPDX-License-Identifier: GPL-3.0-or-later
#include "plaintext.h"

#include <QLabel>
#include <QMessageBox>
#include <QTextDocument>

namespace InfraConsole {

QString plainToolTip(const QString &text)
{
    if (!Qt::mightBeRichText(text))
        return text;
    return QStringLiteral("<p style='white-space:pre-wrap'>") + text.toHtmlEscaped() + QStringLiteral("</p>");
}

void showPlainTexts(QMessageBox &box)
{
    box.setTextFormat(Qt::PlainText);
    // The box hands its format to its main text only, not to the informative one.
    const QList<QLabel *> labels = box.findChildren<QLabel *>();
    for (QLabel *const label : labels)
        label->setTextFormat(Qt::PlainText);
}

} // namespace InfraConsole
