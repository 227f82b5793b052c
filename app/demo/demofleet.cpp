// SPDX-License-Identifier: GPL-3.0-or-later
#include "demofleet.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QPointer>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <array>

namespace InfraConsole {

namespace {

constexpr std::array ServiceNames{"data-api", "ai-query-service", "ai-automation-service", "ai-training-service",
                                  "ai-pattern-service"};
constexpr qsizetype KeptErrorOutput = 4096;
constexpr int GraceMilliseconds = 500;

QString findExecutable(const QString &given)
{
    if (!given.isEmpty())
        return given;
    const QString name = QStringLiteral("infra-demo-service");
    const QString folder = QCoreApplication::applicationDirPath();
    for (const QString &place : {QStringLiteral("/"), QStringLiteral("/demo/"), QStringLiteral("/../libexec/infra/")}) {
        const QString candidate = folder + place + name;
        if (QFileInfo(candidate).isExecutable())
            return candidate;
    }
    return QStandardPaths::findExecutable(name);
}

} // namespace

struct DemoFleet::Private
{
    struct Member
    {
        QString name;
        std::unique_ptr<QProcess> process;
        quint16 port = 0;
        bool isListening = false;
        QByteArray errorOutput;
    };

    Private(DemoFleet *owner, DemoFleetOptions given) : q(owner), options(std::move(given)) {}

    void launch(Member &member);
    void readOutput(Member &member);
    void memberEnded(Member &member, const QString &how);
    void introduce(Member &member);
    void fail(const QString &message);
    void killAll();

    DemoFleet *const q;
    const DemoFleetOptions options;
    QString executable;
    QTemporaryDir directory;
    std::vector<std::unique_ptr<Member>> members;
    QTimer startTimer;
    enum class State { Idle, Starting, Ready, Stopping, Over } state = State::Idle;
};

DemoFleet::DemoFleet(DemoFleetOptions options, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, std::move(options)))
{
    for (const char *name : ServiceNames) {
        d->members.push_back(std::make_unique<Private::Member>());
        d->members.back()->name = QLatin1String(name);
    }
    d->startTimer.setSingleShot(true);
    connect(&d->startTimer, &QTimer::timeout, this, [this] {
        d->fail(tr("The demo services did not start within %1 s.")
                    .arg(std::chrono::duration<double>(d->options.startTimeout).count()));
    });
}

DemoFleet::~DemoFleet()
{
    d->state = Private::State::Over;
    d->killAll();
    // Ends before the directory that the services write to is removed.
    QElapsedTimer waited;
    waited.start();
    for (const auto &member : d->members) {
        if (member->process)
            member->process->waitForFinished(std::max(1, 1000 - static_cast<int>(waited.elapsed())));
    }
}

void DemoFleet::start()
{
    if (d->state != Private::State::Idle)
        return;
    d->state = Private::State::Starting;
    d->executable = findExecutable(d->options.executable);
    // Failures are told from the event loop, as all others are.
    const auto failSoon = [this](const QString &message) {
        QMetaObject::invokeMethod(this, [this, message] { d->fail(message); }, Qt::QueuedConnection);
    };
    if (d->executable.isEmpty())
        return failSoon(tr("The program infra-demo-service was not found."));
    if (!d->directory.isValid())
        return failSoon(tr("No temporary directory: %1").arg(d->directory.errorString()));
    d->startTimer.start(d->options.startTimeout);
    for (const auto &member : d->members)
        d->launch(*member);
}

void DemoFleet::Private::launch(Member &member)
{
    if (member.process) {
        // It may be the sender of the signal that is being handled.
        member.process->disconnect(q);
        member.process.release()->deleteLater();
    }
    member.process = std::make_unique<QProcess>();
    member.isListening = false;
    member.errorOutput.clear();
    QProcess &process = *member.process;
    QObject::connect(&process, &QProcess::readyReadStandardOutput, q, [this, &member] { readOutput(member); });
    QObject::connect(&process, &QProcess::readyReadStandardError, q, [&member] {
        member.errorOutput += member.process->readAllStandardError();
        member.errorOutput = member.errorOutput.last(std::min(member.errorOutput.size(), KeptErrorOutput));
    });
    QObject::connect(&process, &QProcess::errorOccurred, q, [this, &member](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            memberEnded(member, member.process->errorString());
    });
    QObject::connect(&process, &QProcess::finished, q, [this, &member](int code, QProcess::ExitStatus status) {
        memberEnded(member, status == QProcess::CrashExit ? DemoFleet::tr("it was killed or crashed")
                                                          : DemoFleet::tr("it ended with status %1").arg(code));
    });
    process.start(executable,
                  {QStringLiteral("--name"), member.name, QStringLiteral("--port"), QString::number(member.port),
                   QStringLiteral("--store"), q->storeUrl(), QStringLiteral("--seed"), QString::number(options.seed),
                   QStringLiteral("--load"), QString::number(options.load),
                   QStringLiteral("--parent"), QString::number(QCoreApplication::applicationPid())});
}

// A supervised service writes "listening PORT" once and reads "peer NAME URL" lines.
void DemoFleet::Private::readOutput(Member &member)
{
    while (member.process->canReadLine()) {
        const QList<QByteArray> words = member.process->readLine().trimmed().split(' ');
        if (words.size() != 2 || words[0] != "listening")
            continue;
        member.port = words[1].toUShort();
        member.isListening = member.port != 0;
    }
    if (state == State::Ready && member.isListening)
        introduce(member);
    if (state != State::Starting
        || !std::all_of(members.begin(), members.end(), [](const auto &each) { return each->isListening; }))
        return;
    startTimer.stop();
    state = State::Ready;
    for (const auto &each : members)
        introduce(*each);
    Q_EMIT q->ready();
}

void DemoFleet::Private::introduce(Member &member)
{
    for (const Service &peer : q->services()) {
        if (peer.name != member.name)
            member.process->write("peer " + peer.name.toUtf8() + ' ' + peer.url.toEncoded() + '\n');
    }
    member.process->write("go\n");
}

void DemoFleet::Private::memberEnded(Member &member, const QString &how)
{
    member.isListening = false;
    switch (state) {
    case State::Starting: {
        const QString lastWords = QString::fromUtf8(member.errorOutput).trimmed().section(QLatin1Char('\n'), -1);
        fail(lastWords.isEmpty() ? DemoFleet::tr("The demo service %1 did not start: %2.").arg(member.name, how)
                                 : DemoFleet::tr("The demo service %1 did not start: %2 (%3).").arg(member.name, how, lastWords));
        break;
    }
    case State::Ready:
        Q_EMIT q->serviceEnded(member.name);
        break;
    case State::Stopping:
        if (std::all_of(members.begin(), members.end(), [](const auto &each) {
                return !each->process || each->process->state() == QProcess::NotRunning;
            })) {
            state = State::Over;
            Q_EMIT q->stopped();
        }
        break;
    case State::Idle:
    case State::Over:
        break;
    }
}

void DemoFleet::Private::fail(const QString &message)
{
    if (state != State::Starting)
        return;
    state = State::Over;
    startTimer.stop();
    killAll();
    Q_EMIT q->failed(message);
}

void DemoFleet::Private::killAll()
{
    for (const auto &member : members) {
        if (member->process && member->process->state() != QProcess::NotRunning)
            member->process->kill();
    }
}

void DemoFleet::stop()
{
    if (d->state == Private::State::Stopping || d->state == Private::State::Over)
        return;
    const bool isRunning = std::any_of(d->members.begin(), d->members.end(), [](const auto &member) {
        return member->process && member->process->state() != QProcess::NotRunning;
    });
    d->startTimer.stop();
    if (!isRunning) {
        d->state = Private::State::Over;
        QMetaObject::invokeMethod(this, &DemoFleet::stopped, Qt::QueuedConnection);
        return;
    }
    d->state = Private::State::Stopping;
    for (const auto &member : d->members) {
        if (member->process)
            member->process->closeWriteChannel(); // A service ends in good order when its input does.
    }
    QTimer::singleShot(GraceMilliseconds, this, [this] { d->killAll(); });
}

QString DemoFleet::storeUrl() const
{
    const QByteArray path = QUrl::toPercentEncoding(d->directory.filePath(QStringLiteral("demo.db")), "/");
    return QStringLiteral("sqlite://") + QString::fromLatin1(path);
}

std::vector<DemoFleet::Service> DemoFleet::services() const
{
    std::vector<Service> result;
    for (const auto &member : d->members) {
        QUrl url;
        if (member->port != 0)
            url = QUrl(QStringLiteral("http://127.0.0.1:%1").arg(member->port));
        result.push_back({member->name, url, member->process ? member->process->processId() : 0});
    }
    return result;
}

bool DemoFleet::isReady() const
{
    return d->state == Private::State::Ready;
}

void DemoFleet::kill(const QString &name)
{
    for (const auto &member : d->members) {
        if (member->name == name && member->process)
            member->process->kill();
    }
}

void DemoFleet::restart(const QString &name)
{
    if (d->state != Private::State::Ready)
        return;
    for (const auto &member : d->members) {
        if (member->name == name && (!member->process || member->process->state() == QProcess::NotRunning))
            d->launch(*member);
    }
}

} // namespace InfraConsole
