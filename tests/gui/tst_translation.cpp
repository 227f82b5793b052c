// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "mainwindow.h"
#include "pages/invalidationdialog.h"
#include "pages/page.h"
#include "settings.h"
#include "translation.h"

#include <QAction>
#include <QFile>
#include <QMenu>
#include <QMenuBar>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QTemporaryDir>
#include <QXmlStreamReader>

using namespace InfraConsole;

class TranslationTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void everyTextOfTheSourceHasAGermanOne();
    void placeholdersAndShortcutsSurvive();
    void aGermanWindowIsGerman();
};

namespace {

struct Message
{
    QString context;
    QString source;
    QString translation;
    QString type;
};

QList<Message> messages(const QString &path)
{
    QFile file(path);
    QList<Message> result;
    if (!file.open(QIODevice::ReadOnly))
        return result;
    QXmlStreamReader reader(&file);
    QString context;
    Message message;
    while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement) {
            if (reader.name() == QStringLiteral("name")) {
                context = reader.readElementText();
            } else if (reader.name() == QStringLiteral("source")) {
                message = {context, reader.readElementText(), {}, {}};
            } else if (reader.name() == QStringLiteral("translation")) {
                message.type = reader.attributes().value(QStringLiteral("type")).toString();
                message.translation = reader.readElementText(QXmlStreamReader::IncludeChildElements);
                result << message;
            }
        }
    }
    return reader.hasError() ? QList<Message>() : result;
}

QString germanFile()
{
    return QStringLiteral(INFRA_SOURCE_DIR "/resources/translations/infra_de.ts");
}

} // namespace

void TranslationTest::everyTextOfTheSourceHasAGermanOne()
{
    // As the tool sees the source now, into a copy.
    const QTemporaryDir home;
    const QString copy = home.filePath(QStringLiteral("infra_de.ts"));
    QVERIFY(QFile::copy(germanFile(), copy));
    QProcess lupdate;
    lupdate.start(QStringLiteral(INFRA_LUPDATE), {QStringLiteral("-silent"), QStringLiteral("-locations"), QStringLiteral("none"),
                                                  QStringLiteral(INFRA_SOURCE_DIR "/app"), QStringLiteral("-ts"), copy});
    QVERIFY(lupdate.waitForFinished(60'000));
    QCOMPARE(lupdate.exitCode(), 0);
    const QList<Message> all = messages(copy);
    QVERIFY(all.size() > 500);
    QStringList problems;
    for (const Message &message : all) {
        if (!message.type.isEmpty() || message.translation.isEmpty())
            problems << message.context + QStringLiteral(": ") + message.source + QStringLiteral(" (") + message.type + QLatin1Char(')');
    }
    QCOMPARE(problems.join(QLatin1Char('\n')), QString());
}

void TranslationTest::placeholdersAndShortcutsSurvive()
{
    static const QRegularExpression placeholder(QStringLiteral("%[0-9]"));
    const auto placeholders = [](const QString &text) {
        QStringList found;
        for (auto matches = placeholder.globalMatch(text); matches.hasNext();)
            found << matches.next().captured();
        found.sort();
        return found;
    };
    const QList<Message> all = messages(germanFile());
    QVERIFY(!all.isEmpty());
    for (const Message &message : all) {
        QVERIFY2(placeholders(message.source) == placeholders(message.translation), qPrintable(message.source));
        QVERIFY2(message.source.count(QLatin1Char('&')) == message.translation.count(QLatin1Char('&')), qPrintable(message.source));
    }
}

void TranslationTest::aGermanWindowIsGerman()
{
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    installTranslations(QLocale());
    const QTemporaryDir home;
    Settings settings(std::make_unique<QSettings>(home.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat));
    InfraTest::FakeSession session;
    MainWindow window(settings);
    window.setSession(&session);
    window.show();
    QCOMPARE(window.menuBar()->actions().constFirst()->text(), QStringLiteral("&Datei"));
    window.goTo(PageId::Overview);
    QCOMPARE(window.currentPage()->title(), QStringLiteral("Übersicht"));
    // Both accelerators of one menu are not the same key.
    for (QAction *const menuAction : window.menuBar()->actions()) {
        QStringList keys;
        for (const QAction *const action : menuAction->menu()->actions()) {
            const qsizetype at = action->text().indexOf(QLatin1Char('&'));
            if (at >= 0)
                keys << action->text().mid(at + 1, 1).toLower();
        }
        const qsizetype all = keys.size();
        QVERIFY2(keys.removeDuplicates() == 0, qPrintable(menuAction->text() + keys.join(QLatin1Char(' ')) + QString::number(all)));
    }
    InvalidationDialog dialog(session, "orders", Infra::Target::tag("invoice"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("2.140 Einträge invalidieren"));
    window.setSession(nullptr);
}

QTEST_MAIN(TranslationTest)
#include "tst_translation.moc"
