// SPDX-License-Identifier: GPL-3.0-or-later
#include "application.h"

#include "capture.h"
#include "demo/demofleet.h"
#include "healthnotifier.h"
#include "mainwindow.h"
#include "session/livesession.h"
#include "session/storefile.h"
#include "settings.h"
#include "singleinstance.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QFileDialog>
#include <QStandardPaths>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace InfraConsole {

using Infra::Error;
using Infra::failure;
using Infra::Result;

namespace {

// Often enough that a service that dies is seen at once, seldom enough to be nothing to it.
constexpr std::chrono::seconds HealthInterval{5};
// Sessions that end. Behind so many the oldest is waited for.
constexpr std::size_t ClosingLimit = 8;

} // namespace

void Application::nameProgram()
{
    QApplication::setApplicationName(QStringLiteral("infra-console"));
    QApplication::setApplicationDisplayName(QCoreApplication::translate("CommandLine", "Infra console"));
    QApplication::setApplicationVersion(QStringLiteral(INFRA_CONSOLE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("org.infra.console"));
}

Application::Application(CommandLine commandLine, std::unique_ptr<Settings> settings, QObject *parent)
    : QObject(parent), m_commandLine(std::move(commandLine)), m_settings(std::move(settings))
{
    applyScheme();
    m_window = std::make_unique<MainWindow>(*m_settings);
    if (m_commandLine.size.isValid())
        m_window->resize(m_commandLine.size);
    else if (m_commandLine.action == CommandLine::Action::Capture)
        m_window->resize(1280, 800);
    connect(m_window.get(), &MainWindow::openStoreRequested, this, &Application::chooseStore);
    connect(m_window.get(), &MainWindow::recentStoreRequested, this, &Application::openStore);
    connect(m_window.get(), &MainWindow::demoRequested, this, &Application::startDemo);
    connect(m_window.get(), &MainWindow::profileRequested, this, &Application::openProfile);
    connect(m_window.get(), &MainWindow::preferencesChanged, this, &Application::applyProfiles);
    // A picture is nobody's window.
    if (m_commandLine.action == CommandLine::Action::Capture)
        return;
    m_instance = std::make_unique<SingleInstance>();
    connect(m_instance.get(), &SingleInstance::raiseRequested, this, &Application::raiseWindow);
    m_notifier = std::make_unique<HealthNotifier>();
    m_notifier->setEnabled(m_settings->notifications());
    connect(m_window.get(), &MainWindow::preferencesChanged, this, [this] { m_notifier->setEnabled(m_settings->notifications()); });
    connect(m_notifier.get(), &HealthNotifier::notice, this, [this](const QString &sentence, bool urgent) {
        m_window->showNotice(sentence);
        if (urgent)
            QApplication::alert(m_window.get());
    });
    connect(m_notifier.get(), &HealthNotifier::activated, this, [this](const QString &service) {
        raiseWindow();
        // What it tells of is newer than what a pause shows.
        if (!service.isEmpty()) {
            m_window->resume();
            m_window->goTo(PageId::Services, service);
        }
    });
    connect(m_notifier.get(), &HealthNotifier::quitRequested, m_window.get(), &QWidget::close);
}

void Application::raiseWindow()
{
    m_window->setWindowState(m_window->windowState() & ~Qt::WindowMinimized);
    m_window->show();
    m_window->raise();
    m_window->activateWindow();
}

// The demo has a store of its own each time, and nobody else shows it.
bool Application::claim(const Source &source)
{
    if (!m_instance || source.demo)
        return true;
    switch (m_instance->claim(storeKey(source.url))) {
    case SingleInstance::Outcome::First:
    case SingleInstance::Outcome::Silent: // It hangs: better two windows than none.
        return true;
    case SingleInstance::Outcome::Raised: break;
    }
    return false;
}

// A store that profiles name is never opened without the safety of all of them, however its URL is spelled.
Application::Source Application::sourceOf(const QString &url) const
{
    Source source;
    source.url = url;
    const QString key = storeKey(url);
    const std::vector<Profile> profiles = m_settings->profiles();
    for (const Profile &profile : profiles) {
        if (storeKey(profile.storeUrl) != key)
            continue;
        // The name that has to be typed is best that of the profile which asks for it.
        if (source.name.isEmpty() || (profile.production && !source.production))
            source.name = profile.name;
        source.production = source.production || profile.production;
        source.readOnly = source.readOnly || profile.readOnly;
    }
    if (source.name.isEmpty())
        source.name = storeDisplayName(url);
    return source;
}

Application::Source Application::sourceOf(const Profile &profile) const
{
    Source source = sourceOf(profile.storeUrl);
    source.name = profile.name;
    return source;
}

// Who ticks "Production" or "Read-only" for the store on the screen expects it to count from then on. The store is opened
// anew: a session that may write never turns into one that cannot.
void Application::applyProfiles()
{
    if (!m_session || m_source.demo)
        return;
    const Source source = sourceOf(m_source.url);
    const bool isStricter = (source.production && !m_source.production) || (source.readOnly && !m_source.readOnly);
    const bool isLaxer = (!source.production && m_source.production) || (!source.readOnly && m_source.readOnly);
    // A file that is away for a moment may go by another name than its profile's; then there is nothing to open either.
    const auto parsed = Infra::DatabaseUrl::parse(source.url);
    const bool isThere = parsed && checkStoreFile(*parsed);
    if (!isStricter && (!isLaxer || !isThere))
        return;
    // Claimed already, and whatever comes in between, nothing goes on without the safety.
    auto services = configuredServices();
    if (!isThere)
        showFailure(tr("%1 is not there now. Open it again for its new safety to count.").arg(source.name));
    else if (!services)
        showFailure(services.error().message);
    else
        open(source, std::move(*services));
}

Application::~Application()
{
    m_capture.reset();
    m_window->hide();
    closeSession();
    m_closing.clear();
    m_demo.reset();
    m_window.reset();
}

void Application::applyScheme()
{
    // Without a desktop there is no palette to follow.
    const bool headless = QGuiApplication::platformName() == QStringLiteral("offscreen")
        || QGuiApplication::platformName() == QStringLiteral("minimal");
    if (m_commandLine.scheme == CommandLine::Scheme::Dark)
        QApplication::setPalette(Theme::darkPalette());
    else if (m_commandLine.scheme == CommandLine::Scheme::Light || headless)
        QApplication::setPalette(Theme::lightPalette());
}

Result<std::vector<Infra::ServiceEndpoint>> Application::configuredServices() const
{
    if (auto edited = m_settings->services())
        return std::move(*edited);
    return Infra::preconfiguredServices();
}

Result<void> Application::start()
{
    auto services = configuredServices();
    if (!services)
        return failure(services.error());
    if (m_commandLine.action == CommandLine::Action::Capture) {
        auto capture = Capture::create(m_commandLine.captureDirectory, *m_window);
        if (!capture)
            return failure(capture.error());
        m_capture = std::move(*capture);
    }
    if (m_commandLine.demo) {
        startDemo();
    } else {
        Source source;
        bool named = true;
        if (m_commandLine.store) {
            source = sourceOf(*m_commandLine.store);
        } else if (!m_commandLine.profile.isEmpty()) {
            const auto profile = m_settings->profile(m_commandLine.profile);
            if (!profile)
                return failure(Error::Kind::NotFound, tr("There is no profile named %1.").arg(m_commandLine.profile));
            source = sourceOf(*profile);
        } else {
            // What was open last; when that is gone the window says so.
            source = sourceOf(m_settings->recentStores().value(0));
            named = false;
        }
        if (source.url.isEmpty() && m_capture)
            return failure(Error::Kind::InvalidArgument, tr("--capture needs --demo, --store or --profile."));
        if (!source.url.isEmpty()) {
            const auto url = Infra::DatabaseUrl::parse(source.url);
            const Result<void> usable = url ? checkUnopenedStoreFile(*url) : failure(url.error());
            if (!usable && named)
                return failure(usable.error());
            if (usable && !claim(source)) {
                m_shownElsewhere = true;
                return {};
            }
            if (usable)
                open(source, std::move(*services));
            else
                showFailure(usable.error().message);
        }
    }
    if (m_capture)
        m_window->setAttribute(Qt::WA_DontShowOnScreen, QGuiApplication::platformName() != QStringLiteral("offscreen"));
    m_window->show();
    return {};
}

void Application::openStore(const QString &url)
{
    show(sourceOf(url));
}

void Application::openProfile(const QString &name)
{
    if (const auto profile = m_settings->profile(name))
        show(sourceOf(*profile));
}

void Application::show(const Source &source)
{
    const auto parsed = Infra::DatabaseUrl::parse(source.url);
    if (!parsed) {
        showFailure(parsed.error().message);
        return;
    }
    if (const auto usable = isOpen(source.url) ? checkStoreFile(*parsed) : checkUnopenedStoreFile(*parsed); !usable) {
        m_settings->removeRecentStore(source.url);
        showFailure(usable.error().message);
        return;
    }
    auto services = configuredServices();
    if (!services) {
        showFailure(services.error().message);
        return;
    }
    if (!claim(source)) {
        m_window->showNotice(tr("%1 is open in another window, which was brought to the front.").arg(source.name));
        return;
    }
    open(source, std::move(*services));
}

void Application::open(const Source &source, std::vector<Infra::ServiceEndpoint> services)
{
    // The demo that the store is of is to stay.
    std::unique_ptr<DemoFleet> shown = source.demo ? std::move(m_demo) : nullptr;
    closeSession();
    m_demo = std::move(shown);
    m_source = source;
    SessionOptions options;
    options.storeUrl = source.url;
    options.sourceName = source.name;
    options.demo = source.demo;
    options.readOnly = source.readOnly;
    options.production = source.production;
    options.services = std::move(services);
    options.health.interval = source.demo ? std::chrono::seconds(2) : HealthInterval;
    options.health.historyLength = ServiceWatch::HeartbeatLimit;
    options.health.failuresToFlip = source.demo ? 1 : 2;
    options.health.successesToFlip = source.demo ? 1 : 2;
    options.thresholds = m_settings->thresholds();
    m_session = std::make_unique<LiveSession>(std::move(options));
    if (m_notifier) {
        m_notifier->reset();
        connect(m_session.get(), &LiveSession::verdictChanged, m_notifier.get(), &HealthNotifier::noteVerdict);
    }
    connect(m_session.get(), &LiveSession::openFailed, this, [this](const Error &error) { showFailure(error.message); });
    if (!source.demo) {
        // What was done in a demonstration is not remembered.
        m_savedServices = m_session->services();
        connect(m_session.get(), &LiveSession::servicesEdited, this, [this] {
            const auto before = std::exchange(m_savedServices, m_session->services());
            m_settings->changeServices(before, m_savedServices);
        });
        m_settings->addRecentStore(source.url);
    }
    m_session->start();
    m_window->setSession(m_session.get());
    if (m_capture)
        m_capture->start(m_session.get(), source.demo);
}

void Application::startDemo()
{
    closeSession();
    m_demo = std::make_unique<DemoFleet>();
    connect(m_demo.get(), &DemoFleet::ready, this, [this] {
        Source source;
        source.url = m_demo->storeUrl();
        source.name = tr("demo");
        source.demo = true;
        std::vector<Infra::ServiceEndpoint> services;
        for (const DemoFleet::Service &service : m_demo->services())
            services.push_back({service.name, service.url});
        open(source, std::move(services));
    });
    connect(m_demo.get(), &DemoFleet::failed, this, &Application::showFailure);
    m_window->showBusy(tr("Starting five demo services…"));
    m_demo->start();
}

// The store of the session may be one that does not answer, and the window does not wait for it.
void Application::closeSession()
{
    m_window->setSession(nullptr);
    if (m_session) {
        m_session->disconnect();
        connect(m_session.get(), &LiveSession::closed, this, &Application::forgetClosed, Qt::QueuedConnection);
        m_session->close();
        m_closing.push_back({std::move(m_demo), std::move(m_session), storeKey(m_source.url)});
        if (m_closing.size() > ClosingLimit)
            m_closing.pop_front();
    }
}

bool Application::isOpen(const QString &url) const
{
    const QString key = storeKey(url);
    return (m_session && storeKey(m_source.url) == key)
        || std::ranges::any_of(m_closing, [&key](const Closing &closing) { return closing.key == key; });
}

void Application::forgetClosed()
{
    std::erase_if(m_closing, [](const Closing &closing) { return closing.session->isClosed(); });
}

void Application::chooseStore()
{
    auto *const dialog = new QFileDialog(m_window.get(), tr("Open a store"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Stores (*.db *.sqlite *.sqlite3)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString &path) { openStore(Infra::DatabaseUrl::forSqliteFile(path).canonical()); });
    dialog->open();
}

void Application::showFailure(const QString &message)
{
    if (m_capture) {
        std::fprintf(stderr, "infra-console: %s\n", qPrintable(message));
        QCoreApplication::exit(2);
        return;
    }
    closeSession();
    m_window->showError(message);
}

} // namespace InfraConsole
