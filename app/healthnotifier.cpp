// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthnotifier.h"

#include "widgets/icons.h"
#include "widgets/status.h"

#include <QMenu>
#include <QSystemTrayIcon>

namespace InfraConsole {

namespace {

constexpr int ShownMilliseconds = 10'000;

bool isNews(Verdict verdict)
{
    return verdict != Verdict::Paused && verdict != Verdict::NeverChecked;
}

} // namespace

HealthNotifier::HealthNotifier(Channel channel, QObject *parent) : QObject(parent)
{
    if (channel == Channel::WindowOnly || !QSystemTrayIcon::isSystemTrayAvailable())
        return;
    m_menu = std::make_unique<QMenu>();
    m_menu->addAction(tr("Show the window"), this, [this] { Q_EMIT activated({}); });
    m_menu->addSeparator();
    m_menu->addAction(tr("Quit"), this, &HealthNotifier::quitRequested);
    m_tray = std::make_unique<QSystemTrayIcon>(applicationIcon());
    m_tray->setContextMenu(m_menu.get());
    m_tray->setToolTip(tr("Infra console"));
    connect(m_tray.get(), &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger || reason == QSystemTrayIcon::DoubleClick)
            Q_EMIT activated({});
    });
    connect(m_tray.get(), &QSystemTrayIcon::messageClicked, this, [this] { Q_EMIT activated(m_lastService); });
    m_tray->show();
}

HealthNotifier::~HealthNotifier() = default;

void HealthNotifier::reset()
{
    m_verdicts.clear();
}

void HealthNotifier::noteVerdict(const QString &service, Verdict verdict, const QString &reason)
{
    const auto known = m_verdicts.find(service);
    const bool wasKnown = known != m_verdicts.end() && isNews(known->second);
    const Verdict before = wasKnown ? known->second : Verdict::NeverChecked;
    m_verdicts[service] = verdict;
    if (!m_enabled || !wasKnown || !isNews(verdict) || before == verdict)
        return;
    //: %1 is a service, %2 a verdict: "data-api is unreachable".
    const QString title = tr("%1 is %2").arg(service, statusWord(verdict));
    const bool byTray = m_tray && QSystemTrayIcon::supportsMessages();
    if (byTray) {
        m_lastService = service;
        m_tray->showMessage(title, reason, verdict == Verdict::Up ? QSystemTrayIcon::Information : QSystemTrayIcon::Warning, ShownMilliseconds);
    }
    Q_EMIT notice(reason.isEmpty() ? QString(title + QLatin1Char('.')) : QString(title + QStringLiteral(": ") + reason), !byTray && verdict != Verdict::Up);
}

} // namespace InfraConsole
