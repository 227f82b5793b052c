// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/componentpage.h"

namespace InfraConsole {

// Thread safety: belongs to the GUI thread. Cache regions; from a row to its keys and to their invalidation.
class CachesPage final : public ComponentPage
{
    Q_OBJECT

public:
    CachesPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~CachesPage() override;

    [[nodiscard]] QList<QAction *> pageActions() const override;

protected:
    [[nodiscard]] std::vector<ComponentRow> rows(const Snapshot &snapshot, bool merged) const override;
    [[nodiscard]] std::vector<ChartLimit> limits(const Snapshot &snapshot, Measure measure) const override;
    void updateDetails(const Snapshot &snapshot) override;

private:
    QAction *m_invalidate;
    QAction *m_browse;
};

} // namespace InfraConsole
