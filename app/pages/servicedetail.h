// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "session/viewcontext.h"

#include <QWidget>

class QHBoxLayout;
class QPlainTextEdit;
class QTreeWidget;

namespace InfraConsole {

class VerdictHeading;
class TextLabel;
class TimeChart;

// Thread safety: belongs to the GUI thread.
//
// One service in full: verdict and reason, how long its answers take, what it says of its dependencies, and its last
// answer as it was received.
class ServiceDetail : public QWidget
{
    Q_OBJECT

public:
    explicit ServiceDetail(ViewContext &view, QWidget *parent = nullptr);
    ~ServiceDetail() override;

    // nullptr: nothing is selected.
    void setService(const ServiceRow *service, const Snapshot &snapshot);
    void addButton(QAction *action);
    [[nodiscard]] TimeChart *chart() const { return m_chart; }

private:
    void fillDependencies(const ServiceRow &service);

    VerdictHeading *m_status;
    QHBoxLayout *m_buttons;
    TextLabel *m_facts;
    TextLabel *m_dependencyTitle;
    TimeChart *m_chart;
    QTreeWidget *m_dependencies;
    QPlainTextEdit *m_body;
    QString m_shown;
    QString m_shownBody;
    std::vector<DependencyInfo> m_shownDependencies;
};

} // namespace InfraConsole
