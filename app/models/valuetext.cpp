// SPDX-License-Identifier: GPL-3.0-or-later
#include "valuetext.h"

#include "widgets/format.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QStringDecoder>

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr qsizetype MostText = 256 * 1024;
constexpr qsizetype MostHex = 64 * 1024;

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::ValueText)
};

QString restNote(qsizetype left)
{
    return left <= 0 ? QString() : Text::tr("\n… %1 more").arg(formatText(static_cast<double>(left), Unit::Bytes));
}

bool isPrintable(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8);
    const QString text = decoder(bytes);
    return !decoder.hasError() && std::none_of(text.begin(), text.end(), [](QChar c) {
        return c.unicode() < 0x20 && c != QLatin1Char('\n') && c != QLatin1Char('\r') && c != QLatin1Char('\t');
    });
}

} // namespace

ValueFormat likelyFormat(const QByteArray &bytes)
{
    if (!QJsonDocument::fromJson(bytes).isNull())
        return ValueFormat::Json;
    return isPrintable(bytes) ? ValueFormat::Text : ValueFormat::Hex;
}

QString valueText(const QByteArray &bytes, ValueFormat format)
{
    switch (format) {
    case ValueFormat::Hex:
        return hexDump(bytes.left(MostHex)) + restNote(bytes.size() - MostHex);
    case ValueFormat::Json: {
        const QJsonDocument document = QJsonDocument::fromJson(bytes);
        if (document.isNull())
            return Text::tr("Not a JSON object or array; shown as text.\n\n") + valueText(bytes, ValueFormat::Text);
        const QByteArray text = document.toJson(QJsonDocument::Indented);
        return QString::fromUtf8(text.left(MostText)) + restNote(text.size() - MostText);
    }
    case ValueFormat::Text:
        break;
    }
    QString text = QString::fromUtf8(bytes.left(MostText));
    for (QChar &c : text) {
        if (c.unicode() < 0x20 && c != QLatin1Char('\n') && c != QLatin1Char('\t'))
            c = QChar::ReplacementCharacter;
    }
    return text + restNote(bytes.size() - MostText);
}

QString keyText(const QByteArray &bytes)
{
    QString text = QString::fromUtf8(bytes);
    if (text.toUtf8() == bytes)
        return text;
    text.clear();
    for (const char each : bytes) {
        const auto byte = static_cast<uchar>(each);
        if (byte == '\\')
            text += QStringLiteral("\\\\");
        else if (byte >= 0x20 && byte < 0x7f)
            text += QLatin1Char(each);
        else
            text += QStringLiteral("\\x%1").arg(byte, 2, 16, QLatin1Char('0'));
    }
    return text;
}

QString tagsText(const QByteArrayList &tags)
{
    QStringList texts;
    for (const QByteArray &tag : tags)
        texts << keyText(tag);
    return texts.join(QStringLiteral(", "));
}

QString hexDump(const QByteArray &bytes)
{
    constexpr qsizetype Width = 16;
    QString text;
    text.reserve(bytes.size() / Width * 78 + 78);
    for (qsizetype line = 0; line < bytes.size(); line += Width) {
        text += QStringLiteral("%1  ").arg(line, 8, 16, QLatin1Char('0'));
        QString characters;
        for (qsizetype i = line; i < line + Width; ++i) {
            if (i == line + Width / 2)
                text += QLatin1Char(' ');
            if (i >= bytes.size()) {
                text += QStringLiteral("   ");
                continue;
            }
            const auto byte = static_cast<uchar>(bytes.at(i));
            text += QStringLiteral("%1 ").arg(byte, 2, 16, QLatin1Char('0'));
            characters += byte >= 0x20 && byte < 0x7f ? QChar(static_cast<char16_t>(byte)) : QChar(u'·');
        }
        text += QLatin1Char(' ') + characters + QLatin1Char('\n');
    }
    return text;
}

} // namespace InfraConsole
