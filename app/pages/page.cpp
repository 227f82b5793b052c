// SPDX-License-Identifier: GPL-3.0-or-later
#include "page.h"

namespace InfraConsole {

Page::Page(PageId id, const QString &title, Session &session, ViewContext &view, QWidget *parent)
    : QWidget(parent), m_id(id), m_title(title), m_session(session), m_view(view)
{
    setAccessibleName(title);
}

Page::~Page() = default;

void Page::showSubject(const QString &) {}
void Page::noteInvalidation(const QByteArray &) {}

} // namespace InfraConsole
