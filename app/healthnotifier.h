// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QObject>

#include <map>
#include <memory>

class QMenu;
class QSystemTrayIcon;

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// Tells the operator that a service went down or came back while the window is not looked at: by the desktop's tray, or,
// where there is none, in the window's status bar with its entry in the task bar lit up. The first verdict of a service
// and changes from and to a pause are no news.
class HealthNotifier : public QObject
{
    Q_OBJECT

public:
    enum class Channel { Desktop, WindowOnly };

    // Desktop: the tray when there is one.
    explicit HealthNotifier(Channel channel = Channel::Desktop, QObject *parent = nullptr);
    ~HealthNotifier() override;

    [[nodiscard]] bool hasTray() const { return m_tray != nullptr; }
    void setEnabled(bool enabled) { m_enabled = enabled; }
    // Forgets every verdict: another store is shown.
    void reset();
    void noteVerdict(const QString &service, InfraConsole::Verdict verdict, const QString &reason);

Q_SIGNALS:
    // For the window: to be said in its status bar. `urgent`: nothing else has said it.
    void notice(const QString &sentence, bool urgent);
    // The operator followed a notification; empty: only wants the window.
    void activated(const QString &service);
    void quitRequested();

private:
    std::unique_ptr<QMenu> m_menu;
    std::unique_ptr<QSystemTrayIcon> m_tray;
    std::map<QString, Verdict> m_verdicts;
    QString m_lastService;
    bool m_enabled = true;
};

} // namespace InfraConsole
