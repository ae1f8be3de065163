package io.epona.broker;

import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A cluster whose ZooKeeper goes away, and comes back as it was or with nothing in it. */
class ZooKeeperOutageTest extends BrokersFixture
{
    private static final String SESSION_TIMEOUT = "zookeeper.session.timeout.ms";

    @Test
    void changesNoRoleWhileItsSessionsAreSuspended()
    {
        brokers.set(SESSION_TIMEOUT, "60000");
        final int leader = brokers.startWithTopic(3, TOPIC);
        final int epoch = brokers.leaderEpoch(leader, TOPIC, 0);
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC))
        {
            records.send(RECORDS);
            records.settle();
            brokers.zooKeeper().close();
            records.send(RECORDS);
            records.settle();
            assertEquals(epoch, brokers.leaderEpoch(leader, TOPIC, 0));

            brokers.restartZooKeeper();
            // There is a controller again, so they are back.
            brokers.createTopic("later", 1, 3, "2");
            records.send(RECORDS);
            records.settle();
        }
        assertEquals(leader, brokers.awaitLeader(TOPIC, 0, 3));
        assertEquals(epoch, brokers.leaderEpoch(leader, TOPIC, 0));
    }

    @Test
    void servesOnWhenItsSessionsAreLostAndElectsWhenZooKeeperIsBack()
    {
        brokers.set(SESSION_TIMEOUT, "1000");
        final int epoch = brokers.leaderEpoch(brokers.startWithTopic(3, TOPIC), TOPIC, 0);
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC))
        {
            brokers.zooKeeper().close();
            final long endNs = SystemNanoClock.INSTANCE.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            while (SystemNanoClock.INSTANCE.nanoTime() - endNs < 0)
            {
                records.send(1);
                records.settle();
            }

            brokers.restartZooKeeper();
            Await.until(
                "leader of another epoch", records::poll,
                () -> brokers.leaderEpoch(brokers.awaitLeader(TOPIC, 0, 3), TOPIC, 0) > epoch);
            records.send(RECORDS);
            records.settle();
        }
    }

    @Test
    void startsNothingOnAZooKeeperThatHasForgottenTheCluster()
    {
        brokers.start();
        brokers.stop(0);
        brokers.wipeZooKeeper();
        final BrokerException refusal = assertThrows(
            BrokerException.class, () -> Broker.launch(brokers.context(0).errorHandler((error) -> {})));
        assertTrue(refusal.getMessage().contains("the coordination knows no cluster"), refusal::getMessage);
    }

    @Test
    void endsWhereZooKeeperHasForgottenTheCluster()
    {
        brokers.set(SESSION_TIMEOUT, "1000");
        brokers.start();
        brokers.start();
        reports.expect("the coordination knows no cluster");
        brokers.wipeZooKeeper();
        for (int i = 0; i < 2; i++)
        {
            final Throwable failure = brokers.awaitFailure(i);
            assertTrue(failure.getMessage().contains("the coordination knows no cluster"), failure::getMessage);
        }
    }
}
