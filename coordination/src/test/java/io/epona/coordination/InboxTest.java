package io.epona.coordination;

import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class InboxTest
{
    private final Inbox inbox = new Inbox();
    private final Watch watch = new Watch("/test", "/w", (path) -> {}, inbox);

    @Test
    void shouldNamePathsWithoutTheRootAndIgnoreTheConnectionsEvents()
    {
        watch.process(new WatchedEvent(EventType.None, KeeperState.Disconnected, null));
        watch.process(new WatchedEvent(EventType.NodeDataChanged, KeeperState.SyncConnected, "/test/w/a"));

        final List<String> paths = new ArrayList<>();
        inbox.drainHints((hint) -> paths.add(hint.path()));
        assertEquals(List.of("/w/a"), paths);
    }

    @Test
    void shouldRememberThatHintsWereTooMany()
    {
        for (int i = 0; i < Inbox.MAX_HINTS; i++)
        {
            inbox.onChanged(watch, "/w/" + i);
        }
        assertFalse(inbox.takeOverflow());
        inbox.onChanged(watch, "/w/dropped");

        final List<String> paths = new ArrayList<>();
        inbox.drainHints((hint) -> paths.add(hint.path()));
        assertEquals(Inbox.MAX_HINTS, paths.size());
        assertFalse(paths.contains("/w/dropped"));
        assertTrue(inbox.takeOverflow());
        assertFalse(inbox.takeOverflow());
    }

    @Test
    void shouldKeepTheFirstErrors()
    {
        for (int i = 0; i < 2 * Inbox.MAX_ERRORS; i++)
        {
            inbox.onError(new IllegalStateException(Integer.toString(i)));
        }

        final List<String> messages = new ArrayList<>();
        inbox.drainErrors((error) -> messages.add(error.getMessage()));
        assertEquals(Inbox.MAX_ERRORS, messages.size());
        assertEquals("0", messages.get(0));
    }

    @Test
    void shouldReportAWatchThatTheServerRefuses()
    {
        watch.processResult(Code.CONNECTIONLOSS.intValue(), "/test/w", null);
        watch.processResult(Code.NOAUTH.intValue(), "/test/w", null);

        final List<String> messages = new ArrayList<>();
        inbox.drainErrors((error) -> messages.add(error.getMessage()));
        assertEquals(1, messages.size());
        assertTrue(messages.get(0).contains("/test/w"), messages.get(0));
    }
}
