// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/viewcontext.h"

#include <QWidget>

class QAction;
class QLabel;
class QComboBox;
class QHBoxLayout;
class QToolButton;

namespace InfraConsole {

class Session;
class TextLabel;

// The row above every page: its title, the badges, the one time range, and the window's main actions.
class PageHeader : public QWidget
{
    Q_OBJECT

public:
    PageHeader(ViewContext &view, const QList<QAction *> &actions, QWidget *parent = nullptr);
    ~PageHeader() override;

    void setTitle(const QString &title);
    // What must not be overlooked of a session: that it is a demonstration, of production, or read-only. None without one.
    void setBadgesOf(const Session *session);
    // Without a session there is nothing to act on.
    void setControlsVisible(bool visible);

private:
    void showRange();

    ViewContext &m_view;
    TextLabel *m_title;
    QHBoxLayout *m_badges;
    QWidget *m_controls;
    QComboBox *m_range;
};

// A strip under the header while the source is lost: what happened, since when, and what is shown.
class SourceBanner : public QWidget
{
    Q_OBJECT

public:
    explicit SourceBanner(QWidget *parent = nullptr);
    ~SourceBanner() override;

    void setSnapshot(const Snapshot &snapshot, const QString &sourceName);

Q_SIGNALS:
    void retryRequested();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QLabel *m_text;
};

} // namespace InfraConsole
