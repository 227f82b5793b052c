// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"

class QComboBox;

namespace InfraConsole {

class DataTable;
class TableModel;

// Thread safety: belongs to the GUI thread.
//
// The journal, newest first: invalidations, starts and stops, changes of health, losses of the store.
class EventsPage : public Page
{
    Q_OBJECT

public:
    EventsPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~EventsPage() override;

    void setSnapshot(const SnapshotPointer &snapshot) override;
    void showSubject(const QString &subject) override;
    [[nodiscard]] QWidget *filterField() const override;
    [[nodiscard]] std::vector<ExportItem> exportItems() const override;
    [[nodiscard]] QList<QAction *> pageActions() const override;
    [[nodiscard]] bool isReadyForCapture() const override;

private:
    void fill();

    TableModel *m_model;
    DataTable *m_table;
    QComboBox *m_kind;
    QAction *m_show;
    SnapshotPointer m_snapshot;
};

} // namespace InfraConsole
