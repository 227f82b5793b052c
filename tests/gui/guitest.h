// SPDX-License-Identifier: MIT
#pragma once

#include "failonwarning.h"

#include <QComboBox>
#include <QRegularExpression>
#include <QWidget>
#include <QtTest>

namespace InfraTest {

// Base class of tests that show widgets. As FailOnWarning, but lets pass what the offscreen platform says about
// windows that it does not have.
class GuiTest : public FailOnWarning
{
    Q_OBJECT

public Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral("^(?!This plugin does not support ).*"))); }
};

// Every widget below `root` that takes the keyboard and has no accessible name, by class and object name.
[[nodiscard]] inline QStringList namelessWidgets(const QWidget &root)
{
    QStringList nameless;
    for (const QWidget *widget : root.findChildren<QWidget *>()) {
        const bool isPart = widget->objectName().startsWith(QLatin1String("qt_")) || widget->inherits("QComboBoxListView")
                            || widget->inherits("QHeaderView") || widget->inherits("QScrollBar") || widget->inherits("QLineEditIconButton")
                            || widget->window() != root.window() || widget->inherits("QSplitter");
        if (!isPart && !widget->isHidden() && !widget->focusProxy() && widget->focusPolicy() != Qt::NoFocus && widget->accessibleName().isEmpty())
            nameless << QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ') + widget->objectName();
    }
    return nameless;
}

// What the box of regions below `root` lets choose from.
[[nodiscard]] inline QStringList regionsOffered(const QWidget &root)
{
    QStringList names;
    for (const QComboBox *box : root.findChildren<QComboBox *>()) {
        for (int i = 0; box->accessibleName() == QLatin1String("Region") && i < box->count(); ++i)
            names << box->itemText(i);
    }
    return names;
}

// The widgets that Tab visits from the first on, until it comes round.
[[nodiscard]] inline QList<QWidget *> tabOrder(QWidget &window)
{
    QList<QWidget *> visited;
    for (int i = 0; i < 200; ++i) {
        QTest::keyClick(QApplication::focusWidget() ? QApplication::focusWidget() : &window, Qt::Key_Tab);
        QWidget *const focus = QApplication::focusWidget();
        if (!focus || visited.contains(focus))
            break;
        visited << focus;
    }
    return visited;
}

} // namespace InfraTest
