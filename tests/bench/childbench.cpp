// SPDX-License-Identifier: MIT
#include "childbench.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>

namespace InfraTest {

namespace {

std::atomic<pid_t> s_running{0};

// The child leads a process group, which an interrupt at the terminal does not reach.
void endWithChild(int signal)
{
    if (const pid_t group = s_running.load(); group > 0)
        ::kill(-group, SIGTERM);
    ::_exit(128 + signal);
}

QJsonObject readDocument(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

QString problemOf(const QProcess &process)
{
    if (process.exitStatus() == QProcess::CrashExit)
        return QStringLiteral("it crashed");
    switch (process.exitCode()) {
    case 0: return {};
    case 1: return QStringLiteral("a guarantee was broken");
    default: return QStringLiteral("it ended with status %1").arg(process.exitCode());
    }
}

void showOutput(const QByteArray &output)
{
    constexpr int Lines = 20;
    const QByteArrayList lines = output.trimmed().split('\n');
    for (const QByteArray &line : lines.mid(std::max(qsizetype{0}, lines.size() - Lines)))
        std::fprintf(stderr, "  | %s\n", line.constData());
}

} // namespace

ChildOutcome runChildBench(const QString &program, const QStringList &arguments, std::chrono::seconds deadline)
{
    std::signal(SIGINT, endWithChild);
    std::signal(SIGTERM, endWithChild);
    const QTemporaryDir directory;
    const QString json = directory.filePath(QStringLiteral("figures.json"));
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    process.setProcessEnvironment(environment);
    process.setChildProcessModifier([] {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    });
    ChildOutcome outcome;
    QElapsedTimer timer;
    timer.start();
    process.start(program, arguments + QStringList{QStringLiteral("--json"), json});
    if (!process.waitForStarted()) {
        outcome.problem = process.errorString();
        return outcome;
    }
    s_running = static_cast<pid_t>(process.processId());
    const bool ended = process.waitForFinished(static_cast<int>(std::chrono::milliseconds(deadline).count()));
    if (!ended) {
        ::kill(-s_running.load(), SIGKILL);
        process.waitForFinished(10'000);
    }
    s_running = 0;
    outcome.seconds = static_cast<double>(timer.elapsed()) / 1000;
    outcome.problem = ended ? problemOf(process) : QStringLiteral("it did not end within %1 s").arg(deadline.count());
    outcome.document = readDocument(json);
    if (outcome.problem.isEmpty() && outcome.document.isEmpty())
        outcome.problem = QStringLiteral("it wrote no figures");
    if (!outcome.problem.isEmpty())
        showOutput(process.readAll());
    return outcome;
}

QString consoleBench()
{
    const QString own = QCoreApplication::applicationDirPath();
    for (const QString &place : {own, QString(own + QStringLiteral("/../gui/bench"))}) {
        const QFileInfo program(place + QStringLiteral("/infra-consolebench"));
        if (program.isExecutable())
            return program.canonicalFilePath();
    }
    return {};
}

} // namespace InfraTest
