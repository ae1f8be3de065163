package io.epona.codecs.schema;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import uk.co.real_logic.sbe.ir.Signal;
import uk.co.real_logic.sbe.ir.Token;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Holds the tables of FORMATS.md against schemas and code.
 */
class FormatsDocumentTest
{
    private static final Path DOCUMENT = Path.of("FORMATS.md");

    private final List<String> lines;

    FormatsDocumentTest() throws IOException
    {
        lines = Files.readAllLines(DOCUMENT);
    }

    @Test
    void shouldListEveryResultCodeAndNoOther()
    {
        final List<List<String>> expected = Arrays.stream(ResultCode.values())
            .map((code) -> List.of(
                Short.toString(code.code()),
                code.name(),
                code.retriable() ? "yes" : "no",
                code.outcomeKnown() ? "yes" : "no",
                code.remedy()))
            .collect(Collectors.toList());

        final List<List<String>> rows = rows("## Result codes");
        assertEquals(List.of("code", "name", "retriable", "outcome known", "what to do"), rows.get(0));
        assertEquals(expected, rows.subList(1, rows.size()));
    }

    @Test
    void shouldListEveryMessageWithItsFieldsAndNoOther() throws Exception
    {
        for (final String schema : Schemas.NAMES)
        {
            final List<Schemas.Message> messages = Schemas.messages().stream()
                .filter((message) -> schema.equals(message.schema()))
                .collect(Collectors.toList());
            final List<List<String>> rows =
                rows("### Schema " + messages.get(0).schemaId() + ", `" + schema + ".xml`");
            final List<String> head = rows.get(0);
            assertEquals(messages.size(), rows.size() - 1, schema);

            for (final Schemas.Message message : messages)
            {
                final List<String> row = rows.stream()
                    .filter((cells) -> cells.get(1).equals(message.name()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(message + " is missing"));
                assertEquals(Integer.toString(message.templateId()), row.get(0), message.toString());
                assertEquals(
                    Integer.toString(message.blockLength()), row.get(head.indexOf("block")), message.toString());
                assertEquals(fields(message), row.get(head.indexOf("fields")), message.toString());
                for (final String cell : row)
                {
                    assertTrue(!cell.isBlank(), message + " has an empty cell");
                }
            }
        }
    }

    @Test
    void shouldListTheFieldsOfTheFixedHeaders() throws Exception
    {
        checkComposite("RecordBatch", "## Record batch");
        checkComposite("RecordEntry", "## Record");
        checkComposite("SegmentFile", "## Files");
    }

    private void checkComposite(final String messageName, final String heading) throws Exception
    {
        final List<List<String>> rows = rows(heading);
        final Schemas.Message message = Schemas.messages().stream()
            .filter((candidate) -> candidate.name().equals(messageName))
            .findFirst()
            .orElseThrow();

        int count = 0;
        for (final Token token : message.tokens())
        {
            if (Signal.ENCODING == token.signal())
            {
                count++;
                final boolean isReserved = token.name().startsWith("reserved");
                final List<String> expected = List.of(
                    Integer.toString(token.offset()), shortType(token), isReserved ? "" : token.name());
                assertTrue(
                    rows.stream().anyMatch((cells) -> cells.subList(0, 3).equals(expected)),
                    () -> heading + " lacks " + expected);
            }
        }
        assertTrue(count > 3, messageName);
    }

    private static String fields(final Schemas.Message message)
    {
        final StringBuilder text = new StringBuilder();
        final List<Token> tokens = message.tokens();
        int end = 0;
        boolean isFirst = true;
        for (int i = 1; i < tokens.size() - 1; i++)
        {
            final Token token = tokens.get(i);
            switch (token.signal())
            {
                case BEGIN_FIELD, BEGIN_VAR_DATA ->
                {
                    text.append(isFirst ? "" : ", ").append(token.name()).append(' ').append(type(tokens, i));
                    isFirst = false;
                }
                case BEGIN_GROUP ->
                {
                    text.append(isFirst ? "" : ", ").append(token.name()).append("[] { ");
                    isFirst = true;
                    end++;
                }
                case END_GROUP ->
                {
                    text.append(" }");
                    isFirst = false;
                    end--;
                }
                default ->
                {
                    // inside of a field
                }
            }
        }
        assertEquals(0, end);

        return text.toString();
    }

    private static String type(final List<Token> tokens, final int index)
    {
        final Token type = tokens.get(index + 1);
        if (Signal.BEGIN_VAR_DATA == tokens.get(index).signal())
        {
            final String encoding = tokens.get(index + 3).encoding().characterEncoding();
            return null == encoding ? "bytes" : "UTF-8".equals(encoding) ? "utf8" : "ascii";
        }
        if (Signal.ENCODING != type.signal())
        {
            return type.applicableTypeName();
        }

        return type.arrayLength() > 1 ? type.arrayLength() + " zero bytes" : shortType(type);
    }

    private static String shortType(final Token token)
    {
        final String name = token.encoding().primitiveType().primitiveName();
        return name.replace("uint", "u").replace("int", "i");
    }

    /** Cells of all rows of tables between a heading that begins so and the next of its rank or above. */
    private List<List<String>> rows(final String heading)
    {
        final String rank = heading.substring(0, heading.indexOf(' ') + 1);
        final List<List<String>> rows = new ArrayList<>();
        boolean isInside = false;
        for (final String line : lines)
        {
            if (line.startsWith("#"))
            {
                isInside = isInside ? line.indexOf(' ') >= rank.length() :
                    line.equals(heading) || (line.startsWith(heading) && line.charAt(heading.length()) == ':');
            }
            else if (isInside && line.startsWith("|") && !line.startsWith("|--"))
            {
                final String inner = line.substring(1, line.lastIndexOf('|'));
                rows.add(Arrays.stream(inner.split("\\|", -1)).map(String::trim).collect(Collectors.toList()));
            }
        }
        assertTrue(!rows.isEmpty(), () -> "no table under " + heading);

        return rows;
    }
}
