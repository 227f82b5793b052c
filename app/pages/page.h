// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/session.h"
#include "session/viewcontext.h"

#include <QWidget>

#include <functional>
#include <optional>
#include <vector>

class QAction;

namespace InfraConsole {

// What a page can write to a file: a table as CSV or JSON, a chart as PNG or SVG. `render` returns the file's
// bytes for one of `suffixes`.
struct ExportItem
{
    QString title;              // "Cache regions"
    QStringList suffixes;       // "csv", "json"
    std::function<QByteArray(const QString &suffix)> render;
};

// Thread safety: belongs to the GUI thread.
//
// One page of the window. The window draws the title, the time range and the badges above it and gives it a
// 16 px margin; the page is the content. Only the visible page is fed: when it is shown it gets the newest
// snapshot first, or while the window is paused the one of that moment.
class Page : public QWidget
{
    Q_OBJECT

public:
    Page(PageId id, const QString &title, Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~Page() override;

    [[nodiscard]] PageId id() const { return m_id; }
    [[nodiscard]] QString title() const { return m_title; }

    // Once a second while visible and not paused, and when shown; while paused, when series that it asked for have come.
    // Must keep selection, scroll and zoom.
    virtual void setSnapshot(const SnapshotPointer &snapshot) = 0;
    // The series that its charts need now; emit watchedSeriesChanged() when the answer changes.
    [[nodiscard]] virtual std::vector<SeriesId> watchedSeries() const { return {}; }
    // A link from "Needs attention" or the palette: select `subject` (region, pool, service or empty).
    virtual void showSubject(const QString &subject);
    // An invalidation of the operator has ended: what was read of that region (empty: of any) may be gone.
    virtual void noteInvalidation(const QByteArray &region);
    // The operator's own arrangement of splitters was restored: nothing is fitted any more.
    virtual void noteArranged() {}
    // Ctrl+F: the filter field of the page; null when it has none.
    [[nodiscard]] virtual QWidget *filterField() const { return nullptr; }
    // Ctrl+E and the page's menu.
    [[nodiscard]] virtual std::vector<ExportItem> exportItems() const { return {}; }
    // Commands of this page for the palette; owned by the page.
    [[nodiscard]] virtual QList<QAction *> pageActions() const { return {}; }
    // For --capture: choose rows, open details, so that every part of the page shows data.
    virtual void prepareCapture() {}
    // Whether everything that --capture should show has arrived.
    [[nodiscard]] virtual bool isReadyForCapture() const { return true; }

Q_SIGNALS:
    void watchedSeriesChanged();
    // Go to another page and select there; a moment also moves the charts.
    void linkActivated(InfraConsole::PageId page, const QString &subject,
                       std::optional<InfraConsole::SystemTime> moment);
    // Opens the invalidation dialog; `target` is what it starts with.
    void invalidationRequested(const QByteArray &region, const Infra::Target &target);

protected:
    [[nodiscard]] Session &session() const { return m_session; }
    [[nodiscard]] ViewContext &view() const { return m_view; }

private:
    PageId m_id;
    QString m_title;
    Session &m_session;
    ViewContext &m_view;
};

} // namespace InfraConsole
