package io.epona.broker;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.function.IntConsumer;

/** One client that goes on while brokers of a cluster come and go, over UDP and a real ZooKeeper. */
class ClientFollowsLeadersTest
{
    private static final String TOPIC = "orders";
    private static final int ROUNDS = 3;
    private static final int RECORDS = 300;

    @TempDir
    private Path dir;

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();

    private TestBrokers brokers;

    @BeforeEach
    void start()
    {
        brokers = new TestBrokers(dir, reports);
        brokers.startWithTopic(3, TOPIC);
    }

    @AfterEach
    void close()
    {
        brokers.close();
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
