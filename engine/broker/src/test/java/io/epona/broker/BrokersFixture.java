package io.epona.broker;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Brokers of one cluster, of which a test starts as many as it needs; after it they end, and have reported nothing. */
abstract class BrokersFixture
{
    static final String TOPIC = "orders";
    static final int RECORDS = 300;

    @TempDir
    Path dir;

    @RegisterExtension
    final BrokerReports reports = new BrokerReports();

    TestBrokers brokers;

    @BeforeEach
    void launchZooKeeper()
    {
        brokers = new TestBrokers(dir, reports);
    }

    @AfterEach
    void closeBrokers()
    {
        brokers.close();
    }
}
