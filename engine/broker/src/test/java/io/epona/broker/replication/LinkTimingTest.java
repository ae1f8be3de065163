package io.epona.broker.replication;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * How long Aeron takes to notice things, by the clock of the test: what the simulator's model of a stream is held
 * against.
 */
class LinkTimingTest extends LinkPairFixture
{
    @BeforeEach
    void expect()
    {
        network.expectJoinedLate();
    }

    private void assertTakes(final String what, final long minMs, final long maxMs, final BooleanSupplier condition)
    {
        final long startNs = network.nanoTime();
        network.await(what, condition);
        final long tookMs = TimeUnit.NANOSECONDS.toMillis(network.nanoTime() - startNs);
        assertTrue(tookMs >= minMs && tookMs <= maxMs, () -> what + " took " + tookMs + " ms");
    }

    @Test
    void shouldConnectWithinTheIntervalOfSetups()
    {
        one.register(two.brokerEpoch(2));
        assertTakes("connecting", 0, 250, () -> one.links().isConnected(2));
    }

    @Test
    void shouldMissAReceiverAfterTheConnectionTimeout()
    {
        network.run(1_000);
        network.kill(two);
        assertTakes("missing the receiver", 2_500, 3_500, () -> one.counters().connectionsLost.get() > 0);
    }

    @Test
    void shouldLoseAnImageAfterItsLiveness()
    {
        network.run(1_000);
        network.kill(two);
        assertTakes("losing the image", 4_500, 6_500, () -> one.received().contains("gone 2"));
    }

    @Test
    void shouldHearTheEndOfAStreamWithinSeconds()
    {
        network.run(1_000);
        two.links().close();
        assertTakes("hearing the end", 0, 1_500, () -> one.received().contains("gone 2"));
    }

    @Test
    void shouldTellASenderOfItsRejection()
    {
        // The receiver's image dies in 6 s of silence. Going on, the sender finds answers from before, and carries on.
        one.pause(true);
        network.run(8_000);
        one.pause(false);
        assertTakes("the sender's news", 0, 4_500, () ->
        {
            one.control(2, 1, LENGTH);
            return one.counters().connectionsLost.get() > 0;
        });
        assertTrue(two.counters().imagesJoinedLate.get() > 0);
    }

    @Test
    void shouldSendAgainWhatWasLostWithinMilliseconds()
    {
        network.run(1_000);
        two.cut(true, false);
        assertTrue(one.data(2, 1, LENGTH) > 0);
        network.run(10);
        two.cut(false, false);
        // A heartbeat has to show the gap.
        assertTakes("sending again", 0, 250, () -> two.received().contains("1 1"));
    }

    @Test
    void shouldLetWhatWasReceivedBeTakenHoweverLate()
    {
        network.run(1_000);
        two.polling(false);
        assertTrue(one.data(2, 1, LENGTH) > 0);
        network.run(100);
        network.kill(one);
        network.run(30_000);
        two.polling(true);
        assertTakes("taking it", 0, 100, () -> two.received().contains("1 1"));
        assertTakes("ending the image", 0, 6_000, () -> two.received().contains("gone 1"));
    }
}
