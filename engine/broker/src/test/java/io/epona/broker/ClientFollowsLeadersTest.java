package io.epona.broker;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.function.IntConsumer;

/** One client that goes on while brokers of a cluster come and go, over UDP and a real ZooKeeper. */
class ClientFollowsLeadersTest extends BrokersFixture
{
    private static final int ROUNDS = 3;

    @BeforeEach
    void start()
    {
        brokers.startWithTopic(3, TOPIC);
    }

    private void goOnWithout(final IntConsumer end)
    {
        final int first = brokers.awaitLeader(TOPIC, 0, 3);
        try (NumberedRecords records = new NumberedRecords(brokers.connect(first), TOPIC))
        {
            for (int round = 0; round < ROUNDS; round++)
            {
                final int leader = brokers.awaitLeader(TOPIC, 0, 3);
                records.send(RECORDS);
                end.accept(leader);
                records.send(RECORDS);
                records.settle();
                brokers.start(leader);
            }
        }
    }

    @Test
    void hasEveryRecordOnceAndInOrderWhereLeadersAreKilled()
    {
        goOnWithout(brokers::kill);
    }

    @Test
    void hasEveryRecordOnceAndInOrderWhereLeadersAreStopped()
    {
        goOnWithout(brokers::stop);
    }
}
