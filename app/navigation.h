// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QAbstractButton>
#include <QWidget>

class QButtonGroup;
class QLabel;
class QVBoxLayout;

namespace InfraConsole {

// One line of the navigation: icon, title and, at the right, how much there needs attention.
class NavigationButton : public QAbstractButton
{
    Q_OBJECT

public:
    NavigationButton(PageId page, const QString &title, const QString &iconName, QWidget *parent = nullptr);
    ~NavigationButton() override;

    [[nodiscard]] PageId page() const { return m_page; }
    // Shown behind the title when positive.
    void setCount(int count, Severity worst);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    PageId m_page;
    int m_count = 0;
    Severity m_worst = Severity::Information;
};

// The column at the left: which store, and the pages. Up and Down move between pages.
class Navigation : public QWidget
{
    Q_OBJECT

public:
    explicit Navigation(QWidget *parent = nullptr);
    ~Navigation() override;

    void addPage(PageId page, const QString &title, const QString &iconName);
    void clearPages();
    void setCurrent(PageId page);
    void setAttention(const std::vector<Attention> &attention);

Q_SIGNALS:
    void pageChosen(InfraConsole::PageId page);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    [[nodiscard]] NavigationButton *button(PageId page) const;

    QVBoxLayout *m_pages;
    QButtonGroup *m_group;
};

} // namespace InfraConsole
