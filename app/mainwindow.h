// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "session/viewcontext.h"

#include <infra/target.h>

#include <QMainWindow>

#include <memory>
#include <vector>

class QLabel;
class QMenu;
class QStackedWidget;

namespace InfraConsole {

class CommandPalette;
class EmptyState;
class Navigation;
class Page;
class PageHeader;
class Session;
class Settings;
class SourceBanner;

// Thread safety: belongs to the GUI thread.
//
// Navigation, and nothing else: which page is shown, for which session, in which time range. What a page does
// is the page's, what a session does is the session's; which session there is, the application decides.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    explicit MainWindow(Settings &settings, QWidget *parent = nullptr);
    ~MainWindow() override;

    // Shows this session's pages; nullptr: none. The session is not owned and must be replaced before it dies.
    void setSession(Session *session);
    // Instead of pages: what went wrong and the button that chooses another store.
    void showError(const QString &message);
    // Instead of pages: what is being waited for.
    void showBusy(const QString &message);

    [[nodiscard]] ViewContext &viewContext() { return m_view; }
    [[nodiscard]] Page *currentPage() const;
    [[nodiscard]] PageId currentPageId() const { return m_current; }
    [[nodiscard]] Page *page(PageId id) const;

    // Ends a pause.
    void resume() { m_view.setPaused(false); }
    // With the subject selected; with a moment, the charts show the time around it, or the status bar says that they do not
    // reach back to it.
    void goTo(PageId id, const QString &subject = {}, std::optional<SystemTime> moment = {});
    void openInvalidation(const QByteArray &region, const Infra::Target &target);
    void openPalette();
    void openSettings();
    // In the status bar, for some seconds.
    void showNotice(const QString &sentence);

Q_SIGNALS:
    void openStoreRequested();
    void profileRequested(const QString &name);
    // Settings were saved and apply.
    void preferencesChanged();
    void recentStoreRequested(const QString &url);
    void demoRequested();

protected:
    void closeEvent(QCloseEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Actions;

    void createActions();
    void createMenus();
    void createStatusBar();
    void takeSnapshot();
    void feedCurrentPage();
    [[nodiscard]] SnapshotPointer shownSnapshot() const;
    void completeFrozen(const Snapshot &newest);
    void updateWatchedSeries();
    void updateActions();
    void updateInvalidation();
    void noteAccess();
    [[nodiscard]] bool canInvalidate() const;
    void showStatus();
    void exportCurrentPage();
    void fillRecentStores();
    void fillProfiles();
    void explainFocus();
    void showShortcuts();
    void showAbout();
    [[nodiscard]] bool usesSpace(const QWidget *widget) const;

    Settings &m_settings;
    ViewContext m_view;
    Session *m_session = nullptr;
    SnapshotPointer m_frozen; // What pages show while paused; null otherwise.
    PageId m_current = PageId::Overview;
    std::vector<Page *> m_pages;
    std::unique_ptr<Actions> m_actions;
    Navigation *m_navigation = nullptr;
    PageHeader *m_header = nullptr;
    SourceBanner *m_banner = nullptr;
    QStackedWidget *m_stack = nullptr;
    EmptyState *m_message = nullptr;
    CommandPalette *m_palette = nullptr;
    QLabel *m_sourceLabel = nullptr;
    QLabel *m_costLabel = nullptr;
    QMenu *m_recentMenu = nullptr;
    QMenu *m_profileMenu = nullptr;
};

} // namespace InfraConsole
