package io.epona.engine.cluster;

import io.epona.engine.EngineException;
import io.epona.engine.cluster.FakeEnsemble.Client;
import io.epona.engine.cluster.FakeEnsemble.Fate;
import io.epona.engine.cluster.Membership.State;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

public class MembershipTest
{
    private static final Uuid CLUSTER = new Uuid(1, 2);
    private static final Uuid DIR = new Uuid(3, 4);
    private static final Uuid OTHER_DIR = new Uuid(5, 6);
    private static final int ID = 7;

    private final FakeEnsemble ensemble = new FakeEnsemble();
    private long nowNs;

    /** A process of the broker. */
    private final class Broker implements Membership.Listener, Membership.LastLife
    {
        private final List<Integer> epochs = new ArrayList<>();
        private final List<Integer> judged = new ArrayList<>();
        private final Client client = ensemble.connect();
        private final Membership membership;
        private final boolean wasComplete;
        private final boolean wasDurable;
        private Uuid clusterId;
        private EngineException failure;
        private boolean isConnected;
        private int lostCount;

        private Broker(final Uuid dirId, final Uuid clusterId, final boolean wasComplete, final boolean wasDurable)
        {
            this.wasComplete = wasComplete;
            this.wasDurable = wasDurable;
            membership = new Membership(
                new MembershipContext().coordination(client).brokerId(ID).dirId(dirId).clusterId(clusterId)
                    .newClusterId(CLUSTER).lastLife(this).endpoint("host", 9092), this);
        }

        private Broker run()
        {
            for (int i = 0; i < 200; i++)
            {
                nowNs += TimeUnit.MILLISECONDS.toNanos(50);
                client.poll();
                membership.doWork(nowNs);
            }

            return this;
        }

        @Override
        public boolean isComplete(final int brokerEpoch)
        {
            judged.add(brokerEpoch);
            return wasComplete;
        }

        @Override
        public boolean isDurable(final int brokerEpoch)
        {
            return wasDurable;
        }

        @Override
        public void onClusterId(final Uuid clusterId)
        {
            this.clusterId = clusterId;
        }

        @Override
        public void onRegistered(final long sessionId, final int brokerEpoch)
        {
            assertEquals(client.sessionId(), sessionId);
            epochs.add(brokerEpoch);
        }

        @Override
        public void onSession(final boolean isConnected)
        {
            this.isConnected = isConnected;
        }

        @Override
        public void onSessionLost()
        {
            lostCount++;
        }

        @Override
        public void onFatal(final EngineException reason)
        {
            failure = reason;
        }
    }

    @Test
    public void shouldFoundTheClusterAndRegister()
    {
        final Broker broker = clean().run();

        assertEquals(State.REGISTERED, broker.membership.state());
        assertEquals(CLUSTER, broker.clusterId);
        assertEquals(List.of(1), broker.epochs);
        assertEquals(1, broker.membership.brokerEpoch());
        assertTrue(broker.isConnected);
        assertEquals(broker.client.sessionId(), ensemble.owner(Paths.brokerId(ID)));
        assertEquals("host", registration().host());
        assertEquals(0, ensemble.version(Paths.CONTROLLER_EPOCH));
    }

    @Test
    public void shouldRefuseAnotherClusterOrNone()
    {
        final Broker lost = new Broker(DIR, CLUSTER, true, true).run();
        assertTrue(lost.failure.getMessage().contains("knows no cluster"), lost.failure.getMessage());
        assertNull(ensemble.value(Paths.CLUSTER_ID));

        clean().run();
        final Broker other = new Broker(DIR, new Uuid(8, 8), true, true).run();
        assertEquals(State.FAILED, other.membership.state());
        assertTrue(other.failure.getMessage().contains(CLUSTER.toString()), other.failure.getMessage());
        assertTrue(other.failure.getMessage().contains(new Uuid(8, 8).toString()), other.failure.getMessage());
    }

    @Test
    public void shouldLeaveACoordinationThatLostItsData()
    {
        final Broker broker = clean().run();
        ensemble.change(Operation.delete(Paths.CLUSTER_ID, Coordination.ANY_VERSION));
        assertEquals(State.REGISTERED, broker.run().membership.state());

        broker.client.expire();
        assertEquals(State.FAILED, broker.run().membership.state());
        assertTrue(broker.failure.getMessage().contains("knows no cluster"), broker.failure.getMessage());
        assertEquals(List.of(1), broker.epochs);
    }

    @Test
    public void shouldLeaveACoordinationThatBelongsToAnotherClusterNow()
    {
        final Broker broker = clean().run();
        ensemble.change(
            Operation.delete(Paths.CLUSTER_ID, Coordination.ANY_VERSION),
            Operation.create(Paths.CLUSTER_ID, NodeValues.encodeClusterId(new Uuid(8, 8))));

        broker.client.expire();
        assertEquals(State.FAILED, broker.run().membership.state());
        assertTrue(broker.failure.getMessage().contains(new Uuid(8, 8).toString()), broker.failure.getMessage());
        assertEquals(List.of(1), broker.epochs);
    }

    @Test
    public void shouldRaiseCleanSinceAfterAnUncleanEndOnly()
    {
        clean().run().client.close();
        assertEquals(0, lives().cleanSince());

        final Broker unclean = new Broker(DIR, CLUSTER, false, true).run();
        assertEquals(List.of(2), unclean.epochs);
        assertEquals(List.of(1), unclean.judged);
        assertEquals(2, lives().cleanSince());
        assertEquals(0, lives().durableSince());

        // A new session of a process that lives loses nothing.
        unclean.client.expire();
        unclean.run();
        assertEquals(List.of(2, 3), unclean.epochs);
        assertEquals(1, unclean.lostCount);
        assertEquals(List.of(1), unclean.judged);
        assertEquals(2, lives().cleanSince());
        unclean.client.close();

        new Broker(DIR, CLUSTER, true, true).run().client.close();
        assertEquals(2, lives().cleanSince());

        // Another disk in the place of the one that was there, whatever its marker says.
        new Broker(OTHER_DIR, CLUSTER, true, true).run().client.close();
        assertEquals(5, lives().cleanSince());
        assertEquals(5, lives().durableSince());

        new Broker(OTHER_DIR, CLUSTER, true, false).run();
        assertEquals(6, lives().cleanSince());
        assertEquals(6, lives().durableSince());
    }

    @Test
    public void shouldReplaceTheRegistrationOfItsFormerLife()
    {
        final Broker former = clean().run();
        final long formerSession = former.client.sessionId();
        former.client.kill();

        final Broker bounced = new Broker(DIR, CLUSTER, false, true).run();
        assertEquals(List.of(2), bounced.epochs);
        assertEquals(bounced.client.sessionId(), ensemble.owner(Paths.brokerId(ID)));

        former.client.expire();
        assertTrue(formerSession != bounced.client.sessionId());
        assertNotNull(ensemble.value(Paths.brokerId(ID)));
    }

    @Test
    public void shouldWaitForAnotherDirectoryAndGiveUp()
    {
        final Broker first = clean().run();

        final Broker second = new Broker(OTHER_DIR, CLUSTER, true, true).run();
        assertEquals(State.ID_IN_USE, second.membership.state());
        nowNs += TimeUnit.SECONDS.toNanos(18);
        second.run();
        assertTrue(second.failure.getMessage().contains("in use by host:9092"), second.failure.getMessage());
        assertEquals(1, ensemble.version(Paths.brokerEpoch(ID)));

        // One that waits long enough gets the id, and the first finds out.
        final Broker third = new Broker(OTHER_DIR, CLUSTER, true, true).run();
        first.client.suspend();
        first.client.expire();
        third.run();
        assertEquals(List.of(2), third.epochs);
        first.client.resume();
        first.run();
        assertTrue(first.failure.getMessage().contains("taken by another"), first.failure.getMessage());
        assertEquals(2, ensemble.version(Paths.brokerEpoch(ID)));
    }

    @Test
    public void shouldRecogniseARegistrationWhoseAnswerWasLost()
    {
        clean().run().client.close();
        for (final Fate fate : new Fate[]{
            Fate.APPLIED_UNKNOWN, Fate.DROPPED_UNKNOWN, Fate.LATE_UNKNOWN, Fate.FAILED})
        {
            final int version = ensemble.version(Paths.brokerEpoch(ID));
            final Broker broker = new Broker(DIR, CLUSTER, false, true);
            while (State.REGISTERING != broker.membership.state())
            {
                step(broker);
            }
            broker.client.script(fate);
            step(broker);
            step(broker);
            ensemble.releaseLate();
            broker.run();

            assertEquals(State.REGISTERED, broker.membership.state(), fate.name());
            assertEquals(List.of(version + 1), broker.epochs, fate.name());
            assertEquals(version + 1, ensemble.version(Paths.brokerEpoch(ID)));
            assertEquals(version + 1, lives().cleanSince());
            broker.client.close();
        }
    }

    @Test
    public void shouldKeepTheDecisionOverASessionThatEndedWithTheAnswer()
    {
        clean().run().client.close();
        final Broker broker = new Broker(DIR, CLUSTER, false, true);
        while (State.REGISTERING != broker.membership.state())
        {
            step(broker);
        }
        broker.client.script(Fate.APPLIED_UNKNOWN);
        broker.membership.doWork(nowNs);
        broker.client.poll();
        broker.client.expire();
        broker.run();

        assertEquals(List.of(3), broker.epochs);
        assertEquals(3, lives().cleanSince());
        assertEquals(List.of(1), broker.judged);
    }

    @Test
    public void shouldGoOnAfterAnInterruption()
    {
        final Broker broker = clean().run();
        broker.client.suspend();
        broker.run();
        assertFalse(broker.isConnected);
        assertEquals(1, broker.membership.brokerEpoch());

        broker.client.resume();
        broker.run();
        assertTrue(broker.isConnected);
        assertEquals(State.REGISTERED, broker.membership.state());
        assertEquals(List.of(1), broker.epochs);
        assertEquals(0, broker.lostCount);

        broker.client.suspend();
        broker.client.expire();
        broker.run();
        assertEquals(-1, broker.membership.brokerEpoch());
        broker.client.resume();
        broker.run();
        assertEquals(List.of(1, 2), broker.epochs);
    }

    @Test
    public void shouldAnnounceThatItStops()
    {
        final Broker broker = clean().run();
        assertTrue(registration().isRunning());

        broker.client.script(Fate.APPLIED_UNKNOWN);
        broker.membership.stop();
        broker.run();
        assertTrue(broker.membership.isStopAnnounced());
        assertFalse(registration().isRunning());
        assertEquals(List.of(1), broker.epochs);

        broker.client.expire();
        broker.run();
        assertTrue(broker.membership.isStopAnnounced());
        assertFalse(registration().isRunning());
        assertEquals(List.of(1, 2), broker.epochs);
    }

    private void step(final Broker broker)
    {
        nowNs += TimeUnit.MILLISECONDS.toNanos(1);
        broker.membership.doWork(nowNs);
        broker.client.poll();
    }

    private Broker clean()
    {
        return new Broker(DIR, null, true, true);
    }

    private NodeValues.BrokerLives lives()
    {
        final String path = Paths.brokerEpoch(ID);
        return NodeValues.decodeBrokerLives(path, ensemble.value(path));
    }

    private NodeValues.Registration registration()
    {
        final String path = Paths.brokerId(ID);
        return NodeValues.decodeRegistration(path, ensemble.value(path));
    }
}
