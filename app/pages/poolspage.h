// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/componentpage.h"

class QTableView;

namespace InfraConsole {

class TextLabel;

// Thread safety: belongs to the GUI thread. Connection pools: what is used against the limit, who waits, who holds.
class PoolsPage final : public ComponentPage
{
    Q_OBJECT

public:
    PoolsPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~PoolsPage() override;

protected:
    [[nodiscard]] std::vector<ComponentRow> rows(const Snapshot &snapshot, bool merged) const override;
    [[nodiscard]] std::vector<ChartLimit> limits(const Snapshot &snapshot, Measure measure) const override;
    void updateDetails(const Snapshot &snapshot) override;

private:
    [[nodiscard]] const PoolRow *selectedRow(const Snapshot &snapshot) const;

    TableModel *m_borrowModel;
    QTableView *m_borrowView;
    TextLabel *m_borrowNote;
};

} // namespace InfraConsole
