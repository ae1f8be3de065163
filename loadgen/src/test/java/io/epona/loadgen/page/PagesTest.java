package io.epona.loadgen.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.epona.loadgen.report.RunSession;
import io.epona.loadgen.report.StoredRun;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class PagesTest
{
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BROWSER_TIMEOUT_S = 60;

    @TempDir
    private Path dir;

    private static Document parsed(final String html) throws Exception
    {
        assertTrue(html.startsWith("<!DOCTYPE html>"), "a page for browsers");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder()
            .parse(new InputSource(new StringReader(html.replace("<!DOCTYPE html>", ""))));
    }

    private static List<String> titles(final Document page)
    {
        final NodeList titles = page.getElementsByTagName("h2");
        return Stream.iterate(0, (i) -> i + 1).limit(titles.getLength())
            .map((i) -> titles.item(i).getTextContent()).toList();
    }

    private static int pointsOf(final Element plot)
    {
        int points = 0;
        final NodeList lines = plot.getElementsByTagName("polyline");
        for (int i = 0; i < lines.getLength(); i++)
        {
            points += ((Element)lines.item(i)).getAttribute("points").split(" ").length;
        }
        return points;
    }

    /** A run of the driver that has nothing behind it: what it measures is the harness. */
    private Path run(final String... overrides) throws IOException, InterruptedException
    {
        final List<String> all = Stream.concat(
            Stream.of("driver.use=null", "phases.warmup=200ms", "phases.measure=2s", "engine.idle=backoff"),
            Arrays.stream(overrides)).toList();
        return new RunSession(dir, null, false, true)
            .run(ScenarioReader.read("{name: short, load: {mode: open, rate: 5k/s}}", all)).folder().dir();
    }

    @Test
    void showsARunWithEverythingThatItHolds() throws Exception
    {
        final Path folder = run();
        final Document page = parsed(Reports.of(List.of(folder)));

        final List<String> titles = titles(page);
        assertTrue(titles.containsAll(List.of("Headline", "Latency by percentile, from the intended time",
            "Rate over time", "To run it again")), titles::toString);
        final NodeList plots = page.getElementsByTagName("svg");
        assertEquals(3, plots.getLength());
        assertTrue(pointsOf((Element)plots.item(0)) > 20, "percentiles");
        // Four rates, a point for each second.
        final int seconds = StoredRun.read(folder).phases().size();
        assertEquals(4 * seconds, pointsOf((Element)plots.item(1)));
        assertEquals(0, page.getElementsByTagName("script").getLength());
        assertFalse(Reports.of(List.of(folder)).contains("http"), "nothing from a network");
        final String delivered = String.format(
            Locale.ROOT, "%,d", StoredRun.read(folder).summary().at("/rates/delivered").asLong());
        assertTrue(page.getDocumentElement().getTextContent().contains(delivered), "delivered " + delivered);
    }

    @Test
    void laysRunsOverEachOtherAndTellsWhatDiffers() throws Exception
    {
        final Document page = parsed(Reports.of(List.of(run(), run("load.rate=7k/s"))));

        assertTrue(titles(page).contains("Differences of scenario and environment"), () -> titles(page).toString());
        assertTrue(page.getDocumentElement().getTextContent().contains("scenario.load.rate"));
        assertTrue(pointsOf((Element)page.getElementsByTagName("svg").item(0)) > 20);
    }

    @Test
    void showsAComparisonAsAForest() throws Exception
    {
        final JsonNode compare = JSON.readTree("""
            {"id": "c", "a": "ipc", "b": "<echo>", "pairsRun": 2, "pairsCounted": 1, "pairsAsked": 10,
             "differences": [{"key": "driver.use", "a": "ipc", "b": "aeron-echo"}],
             "metrics": {"e2e p50": {"unit": "ns", "a": {"median": 2000}, "b": {"median": 1000}, "finding": "A slower",
               "ratio": {"min": 1.9, "max": 2.2, "hodgesLehmann": 2.0, "p": 0.01, "detectable": 0.1,
                 "interval95": {"low": 1.95, "high": 2.1}}}},
             "pairs": [{"pair": 1, "counted": true, "e2e p50": {"ratio": 2.0}},
               {"pair": 2, "counted": false, "reasons": ["steal"], "e2e p50": {"ratio": 9.0}}]}""");
        final Document page = parsed(ComparePage.of(compare));

        final String text = page.getDocumentElement().getTextContent();
        assertTrue(text.contains("A slower") && text.contains("1.950 to 2.100") && text.contains("<echo>"), text);
        assertTrue(titles(page).containsAll(List.of("What differs", "Set aside")), () -> titles(page).toString());
        assertEquals(1, page.getElementsByTagName("circle").getLength(), "the pair that counts");
        assertEquals(1, page.getElementsByTagName("rect").getLength(), "the estimate");
        final Element interval = element(page, "line", "interval");
        final double low = Double.parseDouble(interval.getAttribute("x1"));
        final double high = Double.parseDouble(interval.getAttribute("x2"));
        final double even = Double.parseDouble(element(page, "line", "even").getAttribute("x1"));
        assertTrue(even < low && low < high, even + " " + low + " " + high);
    }

    private static Element element(final Document page, final String tag, final String style)
    {
        final NodeList elements = page.getElementsByTagName(tag);
        for (int i = 0; i < elements.getLength(); i++)
        {
            if (style.equals(((Element)elements.item(i)).getAttribute("class")))
            {
                return (Element)elements.item(i);
            }
        }
        throw new AssertionError("no " + tag + " of " + style);
    }

    @Test
    void showsASweepWithItsKnee() throws Exception
    {
        final JsonNode sweep = JSON.readTree("""
            {"id": "s", "target": "e2e.p99 <= 2 ms", "state": "found", "finding": "highest rate 1,300/s",
             "highestRate": 1300, "runs": [
              {"rate": 1300, "outcome": "held", "delivered": 1300, "p50": 900, "p99": 1900, "p99_9": null, "max": 9000},
              {"rate": 1000, "outcome": "held", "delivered": 1000, "p50": 800, "p99": 1800, "p99_9": null, "max": 9000},
              {"rate": 1690, "outcome": "missed", "delivered": 1500, "p50": 9e5, "p99": 9e6, "p99_9": null, "max": 9e6}
             ]}""");
        final Document page = parsed(SweepPage.of(sweep));

        assertEquals(6, page.getElementsByTagName("circle").getLength());
        assertEquals("highest rate that holds", element(page, "text", "mark").getTextContent());
        assertTrue(page.getDocumentElement().getTextContent().contains("1,690"));
    }

    @Test
    void refusesAFolderThatHoldsNone()
    {
        assertThrows(ScenarioException.class, () -> Reports.of(List.of(dir)));
        assertThrows(ScenarioException.class, () -> Reports.of(List.of(dir, dir)));
    }

    /** In a real browser: needs {@code chromium} in the path, else it is skipped. */
    @Test
    void aBrowserDrawsThePlots() throws Exception
    {
        final Optional<Path> browser = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .map((folder) -> Path.of(folder, "chromium"))
            .filter(Files::isExecutable)
            .findFirst();
        assumeTrue(browser.isPresent(), "chromium is not in the path");
        final Path page = Files.writeString(dir.resolve("report.html"), Reports.of(List.of(run())));
        final Path picture = dir.resolve("report.png");
        final Process process = new ProcessBuilder(
            browser.get().toString(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--user-data-dir=" + dir.resolve("profile"), "--window-size=1000,2200",
            "--screenshot=" + picture, page.toUri().toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("browser.log").toFile())
            .start();
        try
        {
            assertTrue(process.waitFor(BROWSER_TIMEOUT_S, TimeUnit.SECONDS), "the browser did not end");
        }
        finally
        {
            process.destroyForcibly();
        }

        assertTrue(Files.isRegularFile(picture), () -> log());
        final BufferedImage image = ImageIO.read(picture.toFile());
        final Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y++)
        {
            for (int x = 0; x < image.getWidth(); x++)
            {
                colours.add(image.getRGB(x, y) & 0xFFFFFF);
            }
        }
        // The colours of the first lines of the plots, as they are in the page's light scheme.
        assertTrue(colours.containsAll(List.of(0x1f6fd0, 0xd0571f, 0x2a8a3e)), () -> "no lines in " + colours.size());
    }

    private String log()
    {
        try
        {
            return Files.readString(dir.resolve("browser.log"));
        }
        catch (final IOException ex)
        {
            return ex.toString();
        }
    }
}
