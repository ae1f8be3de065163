package io.epona.broker;

import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.ProduceAcksDecoder;
import io.epona.coordination.TcpProxy;
import io.epona.engine.Clock;
import io.epona.engine.Engine;
import io.epona.engine.SystemClock;
import io.epona.transport.Lane;
import io.epona.transport.LaneKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A leader that stands still for longer than its session, hears nothing of ZooKeeper, and then just goes on. */
class ZombieLeaderTest extends BrokersFixture
{
    /** Whoever asks for the time while it stands still, stands still: every thread of a broker that does something. */
    private static final class StoppableClock implements Clock
    {
        private final Clock clock = new SystemClock();
        private volatile boolean isStopped;

        @Override
        public long nowNs()
        {
            while (isStopped)
            {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }

            return clock.nowNs();
        }
    }

    /** A broker that stood still for long may have lost the lane: then it says nothing. */
    private static void assertNotAcknowledged(final TestPeer peer, final Lane lane)
    {
        final Deque<UnsafeBuffer> answers = new ArrayDeque<>();
        Await.until("an answer, or the lane to be lost", peer::drive, () ->
        {
            lane.poll((buffer, index, length) -> answers.add(TestPeer.copy(buffer, index, length)), 8);
            return !answers.isEmpty() || !lane.isConnected();
        });
        for (final UnsafeBuffer answer : answers)
        {
            final ProduceAcksDecoder.AcksDecoder acks = new ProduceAcksDecoder()
                .wrapAndApplyHeader(answer, 0, new MessageHeaderDecoder()).acks();
            acks.next();
            assertTrue(acks.code() < 0, "acknowledged what the others do not have");
        }
    }

    @Test
    void acknowledgesNothingAndItsClientsGoOnElsewhere()
    {
        final List<StoppableClock> clocks = new ArrayList<>();
        for (int i = 0; i < 3; i++)
        {
            clocks.add(new StoppableClock());
        }
        brokers.engines((brokerId) -> new Engine.Context().clock(clocks.get(brokerId)));
        final List<TcpProxy> ways = brokers.waysToZooKeeper(3);
        final int zombie = brokers.startWithTopic(3, TOPIC);
        final long topicId = brokers.topicId(zombie, TOPIC);
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC);
            TestPeer peer = new TestPeer(brokers.broker(zombie), brokers.broker(zombie).udpUri(), false))
        {
            records.send(RECORDS);
            records.settle();
            peer.connect();
            final Lane lane = peer.attach(LaneKind.PRODUCE);

            ways.get(zombie).dropRequests();
            clocks.get(zombie).isStopped = true;
            records.send(RECORDS);
            peer.send(lane, peer.produceMessage(topicId, 0, 7, -1, new byte[]{ 1, 2, 3 }));
            brokers.silent(zombie);
            assertNotEquals(zombie, brokers.awaitLeader(TOPIC, 0, 2));

            clocks.get(zombie).isStopped = false;
            records.settle();

            ways.get(zombie).cut();
            ways.get(zombie).heal();
            assertNotAcknowledged(peer, lane);
            brokers.silent(-1);
            brokers.awaitLeader(TOPIC, 0, 3);
            records.send(RECORDS);
            records.settle();
        }
        finally
        {
            clocks.forEach((clock) -> clock.isStopped = false);
        }
    }
}
