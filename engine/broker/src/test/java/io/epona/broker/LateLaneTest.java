package io.epona.broker;

import io.epona.transport.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * A lane that outlives the broker to which it was opened.
 */
class LateLaneTest
{
    private static final String COUNTER = "lanes rejected that were heard from their middle on";

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();
    @TempDir
    private Path dir;

    private Broker launch(final String name, final int port, final boolean isInvoked)
    {
        return reports.launch(new Broker.Context()
            .dataDir(dir.resolve(name))
            .listen("127.0.0.1", port)
            .invoked(isInvoked));
    }

    @Test
    void isRejectedByTheNextBrokerOnThatPortAndIsNoGarbage()
    {
        // its media driver is the peer's, which goes on
        reports.expect("a stream of this broker was rejected");
        final Broker beside = launch("beside", 0, true);
        final Broker former = launch("former", 0, false);
        final String uri = former.udpUri();
        try (TestPeer peer = new TestPeer(beside, uri))
        {
            final Lane lane = peer.connect();
            reports.close(former);
            final Broker next = launch("next", Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1)), false);
            Await.until("rejection", peer::drive, () -> next.counters().get(COUNTER) > 0);
            Await.until("the peer hears of it", peer::drive, () -> !lane.isConnected());
            assertEquals(0L, next.counters().get("violations"));
            assertEquals(0L, next.counters().get("sessions opened"));

            assertFalse(peer.connect().isClosed());
            assertEquals(1L, next.counters().get("sessions opened"));
            reports.close(next);
        }
        reports.close(beside);
    }
}
