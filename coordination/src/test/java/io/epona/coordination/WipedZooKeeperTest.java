package io.epona.coordination;

import io.epona.engine.EngineException;
import io.epona.engine.cluster.Deadline;
import io.epona.engine.cluster.Membership;
import io.epona.engine.cluster.MembershipContext;
import io.epona.engine.cluster.Uuid;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Members of a cluster whose ZooKeeper goes away and comes back, with its data and without.
 */
class WipedZooKeeperTest
{
    private static final String HOST = "127.0.0.1";
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Uuid CLUSTER = new Uuid(1, 2);

    @TempDir
    private Path dir;

    /** A member, driven by the test's thread. */
    private static final class Member implements Membership.Listener, Membership.LastLife, AutoCloseable
    {
        private final CuratorCoordination coordination;
        private final Membership membership;
        private EngineException failure;
        private int lostCount;

        private Member(final int id, final int port)
        {
            coordination = CuratorCoordination.launch(new CuratorCoordination.Context()
                .connectString(HOST + ":" + port)
                .sessionTimeoutMs(1_000)
                .errorHandler((error) -> assertTrue(error instanceof EngineException, error::toString)));
            membership = new Membership(
                new MembershipContext().coordination(coordination).brokerId(id).dirId(new Uuid(id, 0))
                    .newClusterId(id < 10 ? CLUSTER : new Uuid(8, 8)).lastLife(this), this);
        }

        private Member await(final Membership.State state, final int lost)
        {
            final Deadline deadline = new Deadline(DEADLINE_NS);
            while (state != membership.state() || lost > lostCount)
            {
                coordination.poll();
                membership.doWork(SystemNanoClock.INSTANCE.nanoTime());
                LockSupport.parkNanos(100_000);
                deadline.check();
            }

            return this;
        }

        @Override
        public void close()
        {
            coordination.close();
        }

        @Override
        public boolean isComplete(final int brokerEpoch)
        {
            return true;
        }

        @Override
        public boolean isDurable(final int brokerEpoch)
        {
            return true;
        }

        @Override
        public void onClusterId(final Uuid clusterId)
        {
            assertTrue(CLUSTER.equals(clusterId) || new Uuid(8, 8).equals(clusterId));
        }

        @Override
        public void onRegistered(final long sessionId, final int brokerEpoch)
        {
            assertTrue(brokerEpoch > 0);
        }

        @Override
        public void onSession(final boolean isConnected)
        {
            assertTrue(isConnected || null == failure);
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
    void shouldRegisterAgainWhereTheDataIsStillThere()
    {
        final EmbeddedZooKeeper first = EmbeddedZooKeeper.launch(dir.resolve("data"), HOST, 0);
        final int port = first.port();
        try (Member member = new Member(1, port).await(Membership.State.REGISTERED, 0))
        {
            final int brokerEpoch = member.membership.brokerEpoch();
            first.close();
            member.await(Membership.State.CONNECTING, 1);
            try (EmbeddedZooKeeper second = EmbeddedZooKeeper.launch(dir.resolve("data"), HOST, port))
            {
                member.await(Membership.State.REGISTERED, 1);
                assertEquals(brokerEpoch + 1, member.membership.brokerEpoch());
                assertTrue(second.isRunning());
            }
        }
    }

    @Test
    void shouldNotFoundTheClusterAnew()
    {
        final EmbeddedZooKeeper first = EmbeddedZooKeeper.launch(dir.resolve("data"), HOST, 0);
        final int port = first.port();
        try (Member member = new Member(1, port).await(Membership.State.REGISTERED, 0))
        {
            first.close();
            try (EmbeddedZooKeeper wiped = EmbeddedZooKeeper.launch(dir.resolve("wiped"), HOST, port))
            {
                member.await(Membership.State.FAILED, 1);
                assertTrue(member.failure.getMessage().contains("knows no cluster"), member.failure.getMessage());
                assertTrue(wiped.isRunning());
            }
        }
    }

    @Test
    void shouldNotJoinAClusterThatWasFoundedMeanwhile()
    {
        final EmbeddedZooKeeper first = EmbeddedZooKeeper.launch(dir.resolve("data"), HOST, 0);
        final int port = first.port();
        try (Member member = new Member(1, port).await(Membership.State.REGISTERED, 0))
        {
            first.close();
            try (EmbeddedZooKeeper wiped = EmbeddedZooKeeper.launch(dir.resolve("wiped"), HOST, port);
                Member founder = new Member(11, port).await(Membership.State.REGISTERED, 0))
            {
                member.await(Membership.State.FAILED, 1);
                assertTrue(member.failure.getMessage().contains(CLUSTER.toString()), member.failure.getMessage());
                assertTrue(
                    member.failure.getMessage().contains(new Uuid(8, 8).toString()), member.failure.getMessage());
                assertEquals(Membership.State.REGISTERED, founder.membership.state());
                assertTrue(wiped.isRunning());
            }
        }
    }
}
