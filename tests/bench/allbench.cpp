// SPDX-License-Identifier: MIT
// infra-bench all: every benchmark, one after the other, each in a process of its own.
#include "childbench.h"
#include "command.h"
#include "commandoptions.h"
#include "figures.h"
#include "machine.h"
#include "markdowntable.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>
#include <set>

namespace {

using namespace std::chrono_literals;

// A benchmark with what it is called with; its quick form only shows that it works.
struct Step
{
    const char *name;
    const char *arguments;
    const char *quick;
    std::chrono::seconds deadline;
};

constexpr std::chrono::seconds QuickDeadline = 120s;

constexpr Step Steps[] = {
    {"memory", "memory", "memory --rounds 1 --keys 5000 --lookups 20000", 600s},
    {"hit-ratio", "hit-ratio", "hit-ratio --requests 50000", 300s},
    {"store", "store", "store --rounds 1 --rows 5000", 600s},
    {"mixed", "mixed", "mixed --processes 3 --operations 500 --rounds 1", 600s},
    {"mixed, paced", "mixed --paced", "mixed --paced --processes 3 --operations 500 --rounds 1", 600s},
    {"coherence", "coherence", "coherence --rounds 100", 300s},
    {"pool", "pool", "pool --rounds 1", 600s},
    {"client", "client", "client --rounds 1 --count 60", 600s},
};
constexpr Step ConsoleSteps[] = {
    {"start", "start", "start --rows 1000 --history 5 --quick", 600s},
    {"blocks", "blocks", "blocks --rows 5000 --history 5 --quick", 600s},
    {"fleet", "fleet", "fleet --instances 5 --history 5 --quick", 900s},
    {"publishing", "publishing", "publishing --quick", 300s},
    {"preview", "preview", "preview --rows 5000 --quick", 600s},
    {"quit", "quit", "quit --rows 5000 --quick", 600s},
};

class Run
{
public:
    explicit Run(bool isQuick)
        : m_isQuick(isQuick), m_machine(InfraTest::describeMachine()), m_begun(QDateTime::currentDateTimeUtc())
    {
    }

    void perform(const QString &program, const QString &programName, const Step &step)
    {
        const QString arguments = QString::fromLatin1(m_isQuick ? step.quick : step.arguments);
        const QString command = programName + QLatin1Char(' ') + arguments;
        std::printf("%s\n", qPrintable(command));
        std::fflush(stdout);
        const InfraTest::ChildOutcome outcome = InfraTest::runChildBench(program, arguments.split(QLatin1Char(' ')),
                                                                         m_isQuick ? QuickDeadline : step.deadline);
        std::printf("  %s, %.0f s\n", outcome.problem.isEmpty() ? "done" : qPrintable(outcome.problem),
                    outcome.seconds);
        if (!outcome.problem.isEmpty())
            m_failures.append(QString(command + QStringLiteral(": ") + outcome.problem));
        QJsonObject benchmark = outcome.document;
        benchmark[QStringLiteral("command")] = command;
        benchmark[QStringLiteral("seconds")] = outcome.seconds;
        m_benchmarks.append(benchmark);
        m_summary.append(outcome.document, QLatin1String(step.name) + QStringLiteral(": "));
    }
    void leaveOut(const QString &what) { m_leftOut.append(what); }

    [[nodiscard]] QJsonObject document() const
    {
        std::set<QString> missing;
        for (const QJsonValue &benchmark : m_benchmarks) {
            for (const QJsonValue &peer : benchmark.toObject()[QStringLiteral("missing")].toArray())
                missing.insert(peer.toString());
        }
        QJsonArray peers;
        for (const QString &peer : missing)
            peers.append(peer);
        return {{QStringLiteral("date"), m_begun.toString(Qt::ISODate)},
                {QStringLiteral("machine"), m_machine},
                {QStringLiteral("isQuick"), m_isQuick},
                {QStringLiteral("benchmarks"), m_benchmarks},
                {QStringLiteral("missing"), peers},
                {QStringLiteral("leftOut"), m_leftOut},
                {QStringLiteral("failures"), m_failures}};
    }
    [[nodiscard]] QString markdown() const
    {
        QString text = QStringLiteral("%1, %2.%3\n\n%4")
                           .arg(m_begun.toString(QStringLiteral("yyyy-MM-dd")), InfraTest::machineText(m_machine),
                                m_isQuick ? QStringLiteral(
                                    " A quick run: it shows that everything works, and its figures are worth nothing.")
                                          : QString(),
                                InfraTest::markdownTable(m_benchmarks));
        const QJsonObject all = document();
        const auto list = [&](const char *title, const QString &key) {
            for (const QJsonValue &item : all[key].toArray())
                text += QStringLiteral("\n%1: %2\n").arg(QLatin1String(title), item.toString());
        };
        list("Not installed", QStringLiteral("missing"));
        list("Left out", QStringLiteral("leftOut"));
        list("FAILED", QStringLiteral("failures"));
        return text;
    }
    void print() const
    {
        m_summary.print();
        std::printf("%s\n", qPrintable(InfraTest::machineText(m_machine)));
        for (const QJsonValue &item : m_leftOut)
            std::printf("left out: %s\n", qPrintable(item.toString()));
        for (const QJsonValue &failure : m_failures)
            std::printf("FAILED: %s\n", qPrintable(failure.toString()));
        std::fflush(stdout);
    }
    [[nodiscard]] bool hasFailed() const { return !m_failures.isEmpty(); }

private:
    const bool m_isQuick;
    const QJsonObject m_machine;
    const QDateTime m_begun;
    InfraTest::Figures m_summary{
        QStringLiteral("all: medians of ratios to peers measured in the same run, with their spread")};
    QJsonArray m_benchmarks;
    QJsonArray m_leftOut;
    QJsonArray m_failures;
};

bool writeFile(const QString &path, const QByteArray &content)
{
    if (path.isEmpty())
        return true;
    QFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(content) == content.size() && file.flush())
        return true;
    std::fprintf(stderr, "cannot write %s: %s\n", qPrintable(path), qPrintable(file.errorString()));
    return false;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions(
        {{QStringLiteral("quick"),
          QStringLiteral("Shows in a few minutes that everything works; the figures are worth nothing.")},
         {QStringLiteral("json"), QStringLiteral("Writes all figures there."), QStringLiteral("FILE")},
         {QStringLiteral("markdown"), QStringLiteral("Writes the table there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("all"), arguments))
        return *status;
    Run all(parser.isSet(QStringLiteral("quick")));
    for (const Step &step : Steps)
        all.perform(QCoreApplication::applicationFilePath(), QStringLiteral("infra-bench"), step);
    const QString console = InfraTest::consoleBench();
    for (const Step &step : ConsoleSteps) {
        if (console.isEmpty())
            all.leaveOut(
                QStringLiteral("infra-consolebench %1: the program was not built").arg(QLatin1String(step.arguments)));
        else
            all.perform(console, QStringLiteral("infra-consolebench"), step);
    }
    all.print();
    const bool isWritten = writeFile(parser.value(QStringLiteral("json")), QJsonDocument(all.document()).toJson())
        && writeFile(parser.value(QStringLiteral("markdown")), all.markdown().toUtf8());
    if (!isWritten)
        return 2;
    return all.hasFailed() ? 1 : 0;
}

const InfraTest::Command allCommand("all", "every benchmark with its peers, as one table", &run);

} // namespace
