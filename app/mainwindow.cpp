// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "commandpalette.h"
#include "contexthelp.h"
#include "exporter.h"
#include "navigation.h"
#include "pageheader.h"
#include "pages/invalidationdialog.h"
#include "pages/page.h"
#include "pages/pagefactory.h"
#include "session/session.h"
#include "session/storefile.h"
#include "settings.h"
#include "settingsdialog.h"
#include "viewstate.h"
#include "widgets/emptystate.h"
#include "widgets/format.h"
#include "widgets/icons.h"
#include "widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QKeyEvent>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>
#include <QWhatsThis>

#include <algorithm>

namespace InfraConsole {

namespace {

struct PageFace
{
    PageId id;
    const char *title;
    const char *icon;
};

constexpr PageFace Faces[] = {
    {PageId::Overview, QT_TRANSLATE_NOOP("InfraConsole::MainWindow", "Overview"), "overview"},
    {PageId::Caches, QT_TRANSLATE_NOOP("InfraConsole::MainWindow", "Caches"), "caches"},
    {PageId::Keys, QT_TRANSLATE_NOOP("InfraConsole::MainWindow", "Keys"), "keys"},
    {PageId::Pools, QT_TRANSLATE_NOOP("InfraConsole::MainWindow", "Pools"), "pools"},
    {PageId::Services, QT_TRANSLATE_NOOP("InfraConsole::MainWindow", "Services"), "services"},
    {PageId::Events, QT_TRANSLATE_NOOP("InfraConsole::MainWindow", "Events"), "events"},
};

constexpr int NoticeMilliseconds = 10'000;

// Whether `series` tells more of the time before `until` than `held` does. Both may be null.
bool reachesFurther(const Series *series, const Series *held, SystemTime until)
{
    if (!series || series->empty() || series->front().at > until)
        return false;
    return !held || held->empty() || series->front().at < held->front().at;
}

} // namespace

struct MainWindow::Actions
{
    QAction *open = nullptr;
    QAction *demo = nullptr;
    QAction *exportPage = nullptr;
    QAction *settings = nullptr;
    QAction *quit = nullptr;
    std::vector<QAction *> pages;
    QAction *refresh = nullptr;
    QAction *pause = nullptr;
    QAction *find = nullptr;
    QAction *palette = nullptr;
    QAction *invalidate = nullptr;
    QAction *checkAll = nullptr;
    QAction *explain = nullptr;
    QAction *whatsThis = nullptr;
    QAction *shortcuts = nullptr;
    QAction *about = nullptr;
};

MainWindow::MainWindow(Settings &settings, QWidget *parent)
    : QMainWindow(parent), m_settings(settings), m_actions(std::make_unique<Actions>())
{
    setWindowTitle(tr("Infra console"));
    setWindowIcon(applicationIcon());
    setMinimumSize(1024, 640);
    createActions();
    createMenus();

    auto *central = new QWidget(this);
    auto *columns = new QHBoxLayout(central);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(0);
    m_navigation = new Navigation(central);
    columns->addWidget(m_navigation);
    auto *content = new QVBoxLayout;
    content->setSpacing(0);
    m_header = new PageHeader(m_view, {m_actions->pause, m_actions->refresh, m_actions->exportPage, m_actions->invalidate},
                              central);
    content->addWidget(m_header);
    content->addSpacing(Spacing::Card);
    m_banner = new SourceBanner(central);
    content->addWidget(m_banner);
    m_stack = new QStackedWidget(central);
    content->addWidget(m_stack, 1);
    columns->addLayout(content, 1);
    setCentralWidget(central);

    m_message = new EmptyState(QStringLiteral("open"), m_stack);
    m_stack->addWidget(m_message);
    m_palette = new CommandPalette(central);
    createStatusBar();

    connect(m_message, &EmptyState::buttonClicked, this, &MainWindow::openStoreRequested);
    connect(m_navigation, &Navigation::pageChosen, this, [this](PageId id) { goTo(id); });
    connect(m_banner, &SourceBanner::retryRequested, this, [this] {
        if (m_session)
            m_session->refresh();
    });
    connect(&m_view, &ViewContext::pausedChanged, this, [this] {
        m_frozen = m_session && m_view.isPaused() ? m_session->snapshot() : nullptr;
        updateActions();
        feedCurrentPage();
    });
    connect(&m_view, &ViewContext::timeRangeChanged, this, &MainWindow::feedCurrentPage);
    // Space pauses wherever it does not press or write something.
    qApp->installEventFilter(this);

    m_view.setTimeRange({std::chrono::seconds(m_settings.rangeSeconds()), std::nullopt});
    m_current = static_cast<PageId>(std::clamp(m_settings.currentPage(), 0, PageCount - 1));
    if (!restoreGeometry(m_settings.windowGeometry()))
        resize(1280, 800);
    setSession(nullptr);
}

MainWindow::~MainWindow()
{
    setSession(nullptr);
}

void MainWindow::createActions()
{
    const auto create = [this](const QString &name, const QString &text, const QString &iconName,
                               const QKeySequence &shortcut) {
        auto *action = new QAction(iconName.isEmpty() ? QIcon() : icon(iconName), text, this);
        action->setObjectName(name);
        if (!shortcut.isEmpty()) {
            action->setShortcut(shortcut);
            action->setToolTip(tr("%1 (%2)").arg(QString(text).remove(QLatin1Char('&')),
                                                 shortcut.toString(QKeySequence::NativeText)));
        }
        addAction(action);
        return action;
    };
    Actions &a = *m_actions;
    a.open = create(QStringLiteral("openStore"), tr("&Open store…"), QStringLiteral("open"), QKeySequence::Open);
    a.demo = create(QStringLiteral("startDemo"), tr("Start &demo"), QStringLiteral("play"), {});
    a.exportPage = create(QStringLiteral("export"), tr("&Export…"), QStringLiteral("export"), Qt::CTRL | Qt::Key_E);
    a.settings = create(QStringLiteral("settings"), tr("&Settings…"), QStringLiteral("settings"), QKeySequence(Qt::CTRL | Qt::Key_Comma));
    a.quit = create(QStringLiteral("quit"), tr("&Quit"), {}, QKeySequence(Qt::CTRL | Qt::Key_Q));
    for (const PageFace &face : Faces) {
        const PageId id = face.id;
        auto *action = create(QStringLiteral("page%1").arg(static_cast<int>(id) + 1), tr(face.title),
                              QString::fromLatin1(face.icon),
                              QKeySequence(QKeyCombination(Qt::CTRL, static_cast<Qt::Key>(Qt::Key_1 + static_cast<int>(id)))));
        action->setCheckable(true);
        connect(action, &QAction::triggered, this, [this, id] { goTo(id); });
        a.pages.push_back(action);
    }
    a.refresh = create(QStringLiteral("refresh"), tr("&Refresh now"), QStringLiteral("refresh"), Qt::Key_F5);
    a.pause = create(QStringLiteral("pause"), tr("&Pause"), QStringLiteral("pause"), {});
    a.pause->setCheckable(true);
    a.pause->setToolTip(tr("Pause: keep what is shown (Space)"));
    a.find = create(QStringLiteral("find"), tr("&Filter"), QStringLiteral("search"), QKeySequence::Find);
    a.palette = create(QStringLiteral("palette"), tr("&Commands…"), QStringLiteral("command"), Qt::CTRL | Qt::Key_K);
    a.invalidate = create(QStringLiteral("invalidate"), tr("&Invalidate…"), QStringLiteral("invalidate"),
                          Qt::CTRL | Qt::SHIFT | Qt::Key_I);
    a.checkAll = create(QStringLiteral("checkAll"), tr("Check &all services"), QStringLiteral("check"), {});
    a.explain = create(QStringLiteral("explain"), tr("&Explain what has the focus"), QStringLiteral("help"), QKeySequence::HelpContents);
    a.whatsThis = create(QStringLiteral("whatsThis"), tr("&What's this?"), {}, QKeySequence::WhatsThis);
    a.shortcuts = create(QStringLiteral("shortcuts"), tr("&Keyboard shortcuts"), QStringLiteral("command"), QKeySequence(Qt::CTRL | Qt::Key_Slash));
    a.about = create(QStringLiteral("about"), tr("&About Infra console"), QStringLiteral("info"), {});

    connect(a.open, &QAction::triggered, this, &MainWindow::openStoreRequested);
    connect(a.demo, &QAction::triggered, this, &MainWindow::demoRequested);
    connect(a.exportPage, &QAction::triggered, this, &MainWindow::exportCurrentPage);
    connect(a.settings, &QAction::triggered, this, &MainWindow::openSettings);
    connect(a.explain, &QAction::triggered, this, &MainWindow::explainFocus);
    connect(a.whatsThis, &QAction::triggered, this, [] { QWhatsThis::enterWhatsThisMode(); });
    connect(a.quit, &QAction::triggered, this, &QWidget::close);
    connect(a.refresh, &QAction::triggered, this, [this] {
        if (m_session)
            m_session->refresh();
    });
    connect(a.pause, &QAction::toggled, this, [this](bool paused) { m_view.setPaused(paused); });
    connect(a.find, &QAction::triggered, this, [this] {
        if (QWidget *field = currentPage() ? currentPage()->filterField() : nullptr)
            field->setFocus(Qt::ShortcutFocusReason);
    });
    connect(a.palette, &QAction::triggered, this, &MainWindow::openPalette);
    connect(a.invalidate, &QAction::triggered, this, [this] { openInvalidation({}, Infra::Target::expired()); });
    connect(a.checkAll, &QAction::triggered, this, [this] {
        if (m_session)
            m_session->checkAllServices();
    });
    connect(a.shortcuts, &QAction::triggered, this, &MainWindow::showShortcuts);
    connect(a.about, &QAction::triggered, this, &MainWindow::showAbout);
}

void MainWindow::createMenus()
{
    const Actions &a = *m_actions;
    QMenu *file = menuBar()->addMenu(tr("&File"));
    file->addAction(a.open);
    m_recentMenu = file->addMenu(tr("Open &recent"));
    m_profileMenu = file->addMenu(tr("Open &profile"));
    connect(file, &QMenu::aboutToShow, this, &MainWindow::fillRecentStores);
    connect(file, &QMenu::aboutToShow, this, &MainWindow::fillProfiles);
    file->addAction(a.demo);
    file->addSeparator();
    file->addAction(a.exportPage);
    file->addAction(a.settings);
    file->addSeparator();
    file->addAction(a.quit);

    QMenu *viewMenu = menuBar()->addMenu(tr("&View"));
    for (QAction *page : a.pages)
        viewMenu->addAction(page);
    viewMenu->addSeparator();
    viewMenu->addActions({a.pause, a.refresh, a.find, a.palette});

    QMenu *actionMenu = menuBar()->addMenu(tr("&Actions"));
    actionMenu->addActions({a.invalidate, a.checkAll});

    QMenu *help = menuBar()->addMenu(tr("&Help"));
    help->addActions({a.explain, a.whatsThis, a.shortcuts, a.about});
}

void MainWindow::createStatusBar()
{
    m_sourceLabel = new QLabel(this);
    m_sourceLabel->setObjectName(QStringLiteral("sourceLabel"));
    m_sourceLabel->setTextFormat(Qt::PlainText);
    m_sourceLabel->setContentsMargins(Spacing::Row, 0, 0, 0);
    m_costLabel = new QLabel(this);
    m_costLabel->setObjectName(QStringLiteral("costLabel"));
    m_costLabel->setContentsMargins(0, 0, Spacing::Row, 0);
    m_costLabel->setToolTip(tr("What watching costs the store: queries, the share of time they take, and how long "
                               "putting the data together takes. When it costs too much, the console asks less often."));
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_sourceLabel, 1);
    statusBar()->addPermanentWidget(m_costLabel);
}

void MainWindow::setSession(Session *session)
{
    // They are the window's children, not a page's, and what they ask is the session that goes.
    qDeleteAll(findChildren<InvalidationDialog *>());
    // Its commands are of pages that go.
    m_palette->dismiss();
    if (m_session)
        m_session->disconnect(this);
    m_session = session;
    for (Page *old : m_pages) {
        saveViewState(m_settings, *old);
        m_stack->removeWidget(old);
        delete old;
    }
    m_pages.clear();
    m_navigation->clearPages();
    m_view.setPaused(false);
    // The moment that was looked at is none of the next store's.
    m_view.resetZoom();

    if (session) {
        m_pages = createPages(*session, m_view, m_stack);
        for (Page *each : m_pages) {
            // The page's margins: one left edge for title, tiles, tables and charts.
            each->setContentsMargins(Spacing::Page, 0, Spacing::Page, Spacing::Page);
            m_stack->addWidget(each);
            restoreViewState(m_settings, *each);
            connect(each, &Page::watchedSeriesChanged, this, &MainWindow::updateWatchedSeries);
            connect(each, &Page::linkActivated, this, &MainWindow::goTo);
            connect(each, &Page::invalidationRequested, this, &MainWindow::openInvalidation);
            const PageFace &face = Faces[static_cast<int>(each->id())];
            m_navigation->addPage(each->id(), each->title(), QString::fromLatin1(face.icon));
        }
        connect(session, &Session::snapshotChanged, this, &MainWindow::takeSnapshot);
        connect(session, &Session::accessChanged, this, &MainWindow::noteAccess);
        setWindowTitle(tr("%1 — Infra console").arg(session->sourceName()));
    } else {
        setWindowTitle(tr("Infra console"));
        m_message->setContent(tr("No store is open"), tr("Open the store that your services share, for example cache.db."),
                              tr("Open a store…"));
        m_header->setTitle({});
        m_stack->setCurrentWidget(m_message);
        m_banner->hide();
    }
    m_header->setBadgesOf(session);
    m_header->setControlsVisible(session != nullptr);
    updateActions();
    if (session)
        goTo(m_current);
    takeSnapshot();
}

void MainWindow::showError(const QString &message)
{
    setSession(nullptr);
    m_message->setContent(tr("The store cannot be opened"), message, tr("Choose another store…"));
}

void MainWindow::showBusy(const QString &message)
{
    setSession(nullptr);
    m_message->setContent(message, {});
}

Page *MainWindow::page(PageId id) const
{
    for (Page *each : m_pages) {
        if (each->id() == id)
            return each;
    }
    return nullptr;
}

Page *MainWindow::currentPage() const
{
    return page(m_current);
}

void MainWindow::goTo(PageId id, const QString &subject, std::optional<SystemTime> moment)
{
    Page *target = page(id);
    if (!target)
        return;
    m_current = id;
    m_navigation->setCurrent(id);
    m_header->setTitle(target->title());
    m_settings.setCurrentPage(static_cast<int>(id));
    if (const SystemTime now = shownSnapshot()->dataAt(); moment && !m_view.zoomAround(*moment, now))
        showNotice(tr("Charts reach 15 minutes back; this was %1.").arg(formatRelative(now - *moment)));
    m_stack->setCurrentWidget(target);
    feedCurrentPage();
    if (!subject.isEmpty())
        target->showSubject(subject);
    updateWatchedSeries();
    updateActions();
}

void MainWindow::takeSnapshot()
{
    if (m_session) {
        const SnapshotPointer snapshot = m_session->snapshot();
        m_banner->setSnapshot(*snapshot, m_session->sourceName());
        m_navigation->setAttention(snapshot->attention);
        if (m_view.isPaused())
            completeFrozen(*snapshot);
        else
            feedCurrentPage();
        updateInvalidation();
    }
    showStatus();
}

void MainWindow::feedCurrentPage()
{
    if (m_session && currentPage())
        currentPage()->setSnapshot(shownSnapshot());
}

SnapshotPointer MainWindow::shownSnapshot() const
{
    return m_frozen ? m_frozen : m_session->snapshot();
}

// While paused the operator still selects and changes pages, and a snapshot carries only the series that were asked for by
// then. Of the others the past is taken from later snapshots, and nothing else of these. It may come in two parts.
void MainWindow::completeFrozen(const Snapshot &newest)
{
    if (!m_frozen || !currentPage())
        return;
    const SystemTime until = m_frozen->at;
    std::shared_ptr<Snapshot> completed;
    for (const SeriesId &id : currentPage()->watchedSeries()) {
        const Series *const series = newest.series(id);
        if (!reachesFurther(series, m_frozen->series(id), until))
            continue;
        const auto end = std::find_if(series->begin(), series->end(),
                                      [until](const Sample &sample) { return sample.at > until; });
        if (!completed)
            completed = std::make_shared<Snapshot>(*m_frozen);
        completed->seriesById[id] = std::make_shared<const Series>(series->begin(), end);
    }
    if (!completed)
        return;
    m_frozen = std::move(completed);
    feedCurrentPage();
}

void MainWindow::updateWatchedSeries()
{
    if (m_session && currentPage())
        m_session->setWatchedSeries(currentPage()->watchedSeries());
}

void MainWindow::updateActions()
{
    const bool live = m_session != nullptr;
    for (std::size_t index = 0; index < m_actions->pages.size(); ++index) {
        m_actions->pages[index]->setEnabled(live);
        m_actions->pages[index]->setChecked(live && static_cast<int>(index) == static_cast<int>(m_current));
    }
    m_actions->exportPage->setEnabled(live);
    m_actions->refresh->setEnabled(live);
    m_actions->pause->setEnabled(live);
    m_actions->pause->setChecked(m_view.isPaused());
    m_actions->pause->setIcon(icon(m_view.isPaused() ? QStringLiteral("play") : QStringLiteral("pause")));
    m_actions->find->setEnabled(live && currentPage() && currentPage()->filterField());
    m_actions->checkAll->setEnabled(live);
    updateInvalidation();
}

void MainWindow::updateInvalidation()
{
    m_actions->invalidate->setEnabled(canInvalidate());
}

void MainWindow::noteAccess()
{
    m_header->setBadgesOf(m_session);
    updateInvalidation();
    showNotice(m_session->readOnlyReason());
}

// While the store is being opened there is nothing to count in, and it may yet turn out to be none.
bool MainWindow::canInvalidate() const
{
    return m_session && !m_session->isReadOnly() && m_session->snapshot()->source != SourceState::Opening;
}

void MainWindow::showStatus()
{
    if (!m_session) {
        m_sourceLabel->setText(tr("No store"));
        m_costLabel->clear();
        return;
    }
    const SnapshotPointer snapshot = m_session->snapshot();
    QString state;
    switch (snapshot->source) {
    case SourceState::Opening: state = tr("opening"); break;
    case SourceState::Live: state = m_view.isPaused() ? tr("paused") : tr("live"); break;
    case SourceState::Lost: state = tr("lost"); break;
    }
    const auto live = std::count_if(snapshot->instances.begin(), snapshot->instances.end(),
                                    [](const InstanceRow &row) { return !row.stale; });
    m_sourceLabel->setText(QStringLiteral("%1 · %2 · %3").arg(m_session->sourceName(), state,
                                                             live == 1 ? tr("1 process") : tr("%1 processes").arg(live)));
    const ConsoleCost &cost = snapshot->cost;
    QString text = tr("Console: %1 · %2 of store time · refresh %3")
                       .arg(tr("%1 queries/s").arg(formatText(cost.queriesPerSecond, Unit::Count)),
                            formatText(cost.storeTimePerSecond, Unit::Ratio),
                            formatText(std::chrono::duration<double>(cost.refreshTime).count(), Unit::Seconds));
    if (cost.interval > std::chrono::milliseconds(1000))
        text += tr(" · every %1").arg(formatText(std::chrono::duration<double>(cost.interval).count(), Unit::Seconds));
    m_costLabel->setText(text);
}

void MainWindow::exportCurrentPage()
{
    if (currentPage())
        exportItems(currentPage(), currentPage()->exportItems(),
                    [this](const QString &message) { showNotice(message); });
}

void MainWindow::openInvalidation(const QByteArray &region, const Infra::Target &target)
{
    if (!canInvalidate())
        return;
    auto *const dialog = new InvalidationDialog(*m_session, region, target, this);
    connect(dialog, &InvalidationDialog::invalidated, this, [this, dialog] {
        for (Page *each : m_pages)
            each->noteInvalidation(dialog->target() && dialog->target()->kind() == Infra::Target::Kind::Everything ? QByteArray()
                                                                                                                  : dialog->region());
    });
    dialog->open();
}

void MainWindow::openPalette()
{
    std::vector<Command> commands;
    const auto addAction = [&commands](QAction *action) {
        if (action->isEnabled())
            commands.push_back(commandFor(action));
    };
    const Actions &a = *m_actions;
    for (QAction *action : a.pages)
        addAction(action);
    if (currentPage()) {
        const QList<QAction *> pageActions = currentPage()->pageActions();
        for (QAction *action : pageActions)
            addAction(action);
    }
    for (QAction *action : {a.pause, a.refresh, a.find, a.exportPage, a.invalidate, a.checkAll, a.open, a.demo, a.settings,
                            a.explain, a.shortcuts, a.about, a.quit})
        addAction(action);
    for (const Profile &profile : m_settings.profiles())
        commands.push_back({tr("Open profile %1").arg(profile.name), tr("profile"), icon(QStringLiteral("open")),
                            [this, name = profile.name] { Q_EMIT profileRequested(name); }});
    if (m_session) {
        const SnapshotPointer snapshot = m_session->snapshot();
        const auto addSubject = [this, &commands](PageId id, const QString &subject, const QString &kind) {
            commands.push_back({subject, kind, icon(QString::fromLatin1(Faces[static_cast<int>(id)].icon)),
                                [this, id, subject] { goTo(id, subject); }});
        };
        for (const ServiceRow &row : snapshot->services)
            addSubject(PageId::Services, row.name, tr("service"));
        for (const CacheRow &row : snapshot->caches) {
            if (row.instanceId.isEmpty())
                addSubject(PageId::Caches, QString::fromUtf8(row.region), tr("region"));
        }
        for (const PoolRow &row : snapshot->pools) {
            if (row.instanceId.isEmpty())
                addSubject(PageId::Pools, QString::fromUtf8(row.pool), tr("pool"));
        }
    }
    m_palette->open(std::move(commands));
}

void MainWindow::fillRecentStores()
{
    m_recentMenu->clear();
    const QStringList recent = m_settings.recentStores();
    for (const QString &url : recent)
        connect(m_recentMenu->addAction(storeDisplayName(url)), &QAction::triggered, this,
                [this, url] { Q_EMIT recentStoreRequested(url); });
    m_recentMenu->setEnabled(!recent.isEmpty());
}

void MainWindow::fillProfiles()
{
    m_profileMenu->clear();
    const std::vector<Profile> profiles = m_settings.profiles();
    for (const Profile &profile : profiles)
        connect(m_profileMenu->addAction(profile.name), &QAction::triggered, this,
                [this, name = profile.name] { Q_EMIT profileRequested(name); });
    m_profileMenu->setEnabled(!profiles.empty());
}

void MainWindow::openSettings()
{
    auto *const dialog = new SettingsDialog({m_settings.profiles(), m_settings.thresholds(), m_settings.notifications()}, this);
    connect(dialog, &SettingsDialog::saved, this, [this](const Preferences &preferences) {
        m_settings.setProfiles(preferences.profiles);
        m_settings.setThresholds(preferences.thresholds);
        m_settings.setNotifications(preferences.notifications);
        if (m_session)
            m_session->setThresholds(preferences.thresholds);
        Q_EMIT preferencesChanged();
    });
    dialog->open();
}

void MainWindow::showNotice(const QString &sentence)
{
    statusBar()->showMessage(sentence, NoticeMilliseconds);
}

void MainWindow::explainFocus()
{
    QWidget *const focus = QApplication::focusWidget();
    if (!showContextHelp(focus ? focus : this) && currentPage())
        showContextHelp(currentPage());
}

void MainWindow::showShortcuts()
{
    QString rows;
    const auto addRow = [&rows](const QString &keys, const QString &what) {
        rows += QStringLiteral("<tr><td style='padding-right:24px'>%1</td><td>%2</td></tr>").arg(keys, what);
    };
    addRow(tr("Ctrl+1 … Ctrl+6"), tr("Pages"));
    addRow(tr("Space"), tr("Pause and continue"));
    for (const QAction *action : {m_actions->refresh, m_actions->palette, m_actions->find, m_actions->exportPage,
                                  m_actions->invalidate, m_actions->open, m_actions->settings, m_actions->explain,
                                  m_actions->whatsThis, m_actions->shortcuts, m_actions->quit})
        addRow(action->shortcut().toString(QKeySequence::NativeText), QString(action->text()).remove(QLatin1Char('&')));
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Keyboard shortcuts"), QStringLiteral("<table>%1</table>").arg(rows),
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::showAbout()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("About Infra console"),
                                tr("<b>Infra console %1</b><br>Caches, connection pools and services that use libinfra."
                                   "<br><br>GPL-3.0-or-later")
                                    .arg(QStringLiteral(INFRA_CONSOLE_VERSION)),
                                QMessageBox::Close, this);
    box->setIconPixmap(applicationIcon().pixmap(QSize(48, 48), devicePixelRatioF()));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

bool MainWindow::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress && m_session && isActiveWindow()) {
        const auto *key = static_cast<QKeyEvent *>(event);
        auto *widget = qobject_cast<QWidget *>(watched);
        if (key->key() == Qt::Key_Space && key->modifiers() == Qt::NoModifier && widget && widget->window() == this
            && widget == QApplication::focusWidget() && !usesSpace(widget)) {
            m_view.setPaused(!m_view.isPaused());
            return true;
        }
    }
    return QMainWindow::eventFilter(watched, event);
}

bool MainWindow::usesSpace(const QWidget *widget) const
{
    return widget->testAttribute(Qt::WA_InputMethodEnabled) || qobject_cast<const QAbstractButton *>(widget)
        || qobject_cast<const QComboBox *>(widget) || qobject_cast<const QMenuBar *>(widget);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_settings.setWindowGeometry(saveGeometry());
    m_settings.setRangeSeconds(static_cast<int>(m_view.chosenRange().length.count()));
    QMainWindow::closeEvent(event);
}

} // namespace InfraConsole
