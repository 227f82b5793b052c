// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "commandline.h"

#include <infra/result.h>
#include <infra/services.h>

#include <QObject>

#include <list>
#include <memory>
#include <vector>

namespace InfraConsole {

class Capture;
struct Profile;
class DemoFleet;
class HealthNotifier;
class LiveSession;
class MainWindow;
class Settings;
class SingleInstance;

// Thread safety: belongs to the GUI thread.
//
// The composition root: owns settings, window, session and demo, and decides which store the window shows.
class Application : public QObject
{
    Q_OBJECT

public:
    // What the desktop knows the program by: its window belongs to the entry that packaging/desktop installs.
    static void nameProgram();

    Application(CommandLine commandLine, std::unique_ptr<Settings> settings, QObject *parent = nullptr);
    // Hides the window first: what a store that does not answer still holds up, at most 5 s, nobody looks at.
    ~Application() override;

    // Opens what the command line asks for. An error here is the command line's: exit status 2.
    [[nodiscard]] Infra::Result<void> start();

    [[nodiscard]] MainWindow *window() const { return m_window.get(); }
    [[nodiscard]] LiveSession *session() const { return m_session.get(); }
    [[nodiscard]] DemoFleet *demo() const { return m_demo.get(); }

    // Whether another console already shows what the command line asks for; it was asked to come to the front then.
    [[nodiscard]] bool isShownElsewhere() const { return m_shownElsewhere; }

    // Replaces what is shown. What is wrong with the store is shown in the window.
    void openStore(const QString &url);
    void openProfile(const QString &name);
    void startDemo();

private:
    struct Source
    {
        QString url;
        QString name;
        bool demo = false;
        bool readOnly = false;
        bool production = false;
    };
    // A session that was shown, until what it runs has ended. It goes before the demo's processes.
    struct Closing
    {
        std::unique_ptr<DemoFleet> demo;
        std::unique_ptr<LiveSession> session;
        QString key; // Of its store.
    };

    // What is wrong with the source, in the window.
    void show(const Source &source);
    void open(const Source &source, std::vector<Infra::ServiceEndpoint> services);
    [[nodiscard]] bool claim(const Source &source);
    [[nodiscard]] Source sourceOf(const Profile &profile) const;
    [[nodiscard]] Source sourceOf(const QString &url) const;
    void applyProfiles();
    void raiseWindow();
    void closeSession();
    void forgetClosed();
    // By a session that is shown or still ends.
    [[nodiscard]] bool isOpen(const QString &url) const;
    void chooseStore();
    void showFailure(const QString &message);
    void applyScheme();
    [[nodiscard]] Infra::Result<std::vector<Infra::ServiceEndpoint>> configuredServices() const;

    const CommandLine m_commandLine;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<SingleInstance> m_instance;
    std::unique_ptr<HealthNotifier> m_notifier;
    std::unique_ptr<DemoFleet> m_demo;
    std::unique_ptr<LiveSession> m_session;
    Source m_source; // Of the session, as this:
    std::vector<Infra::ServiceEndpoint> m_savedServices;
    std::list<Closing> m_closing; // Not a vector, which moves one's parts into another's one by one.
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<Capture> m_capture;
    bool m_shownElsewhere = false;
};

} // namespace InfraConsole
