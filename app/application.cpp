// SPDX-License-Identifier: GPL-3.0-or-later
#include "application.h"

#include "capture.h"
#include "demo/demofleet.h"
#include "mainwindow.h"
#include "session/livesession.h"
#include "session/storefile.h"
#include "settings.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QFileDialog>
#include <QStandardPaths>

#include <cstdio>

namespace InfraConsole {

using Infra::Error;
using Infra::failure;
using Infra::Result;

namespace {

// Often enough that a service that dies is seen at once, seldom enough to be nothing to it.
constexpr std::chrono::seconds HealthInterval{5};

} // namespace

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
}

Application::~Application()
{
    m_capture.reset();
    close();
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
            source.url = *m_commandLine.store;
        } else if (!m_commandLine.profile.isEmpty()) {
            const auto profile = m_settings->profile(m_commandLine.profile);
            if (!profile)
                return failure(Error::Kind::NotFound, tr("There is no profile named %1.").arg(m_commandLine.profile));
            source.url = profile->storeUrl;
            source.production = profile->production;
            source.readOnly = profile->readOnly;
        } else {
            // What was open last; when that is gone the window says so.
            source.url = m_settings->recentStores().value(0);
            named = false;
        }
        if (source.url.isEmpty() && m_capture)
            return failure(Error::Kind::InvalidArgument, tr("--capture needs --demo, --store or --profile."));
        if (!source.url.isEmpty()) {
            const auto url = Infra::DatabaseUrl::parse(source.url);
            const Result<void> usable = url ? checkStoreFile(*url) : failure(url.error());
            if (!usable && named)
                return failure(usable.error());
            source.name = storeDisplayName(source.url);
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
    Source source;
    source.url = url;
    source.name = storeDisplayName(url);
    const auto parsed = Infra::DatabaseUrl::parse(url);
    if (!parsed) {
        showFailure(parsed.error().message);
        return;
    }
    if (const auto usable = checkStoreFile(*parsed); !usable) {
        m_settings->removeRecentStore(url);
        showFailure(usable.error().message);
        return;
    }
    auto services = configuredServices();
    if (!services) {
        showFailure(services.error().message);
        return;
    }
    open(source, std::move(*services));
}

void Application::open(const Source &source, std::vector<Infra::ServiceEndpoint> services)
{
    m_window->setSession(nullptr);
    m_session.reset();
    if (!source.demo)
        m_demo.reset();
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
    m_session = std::make_unique<LiveSession>(std::move(options));
    connect(m_session.get(), &LiveSession::openFailed, this, [this](const Error &error) { showFailure(error.message); });
    if (!source.demo) {
        // What was done in a demonstration is not remembered.
        connect(m_session.get(), &LiveSession::servicesEdited, this,
                [this] { m_settings->setServices(m_session->services()); });
        m_settings->addRecentStore(source.url);
    }
    m_session->start();
    m_window->setSession(m_session.get());
    if (m_capture)
        m_capture->start(m_session.get(), source.demo);
}

void Application::startDemo()
{
    close();
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

void Application::close()
{
    if (m_window)
        m_window->setSession(nullptr);
    m_session.reset();
    m_demo.reset();
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
    // The window lets go of the session before it ends; the sender may be that session.
    m_window->showError(message);
    if (m_session)
        m_session.release()->deleteLater();
}

} // namespace InfraConsole
