import edu.stanford.nlp.ling.CoreAnnotations.NamedEntityTagProbsAnnotation;
import edu.stanford.nlp.ling.CoreAnnotations.TokensAnnotation;
import edu.stanford.nlp.ling.CoreLabel;
import edu.stanford.nlp.pipeline.Annotation;
import edu.stanford.nlp.pipeline.StanfordCoreNLP;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Names in texts, by Stanford CoreNLP: one text a line on stdin, its newlines written as \n.
 *
 * <p>Prints a line for each, in the same order: "start end TYPE probability" for each name, parted by tabs. Offsets
 * count UTF-16 units of the text with its newlines restored; the probability is that of the least sure token.
 */
public final class Label {
  private static final int TEXTS_AT_ONCE = 400;

  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("annotators", "tokenize,ssplit,pos,lemma,ner");
    properties.setProperty("ner.applyFineGrained", "false");
    properties.setProperty("ner.applyNumericClassifiers", "false");
    properties.setProperty("ner.useSUTime", "false");
    properties.setProperty("ner.buildEntityMentions", "false");
    properties.setProperty("ssplit.newlineIsSentenceBreak", "two");
    StanfordCoreNLP pipeline = new StanfordCoreNLP(properties);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (List<String> texts = read(in); !texts.isEmpty(); texts = read(in)) {
      texts.parallelStream().map(text -> label(pipeline, text)).collect(Collectors.toList()).forEach(out::println);
      out.flush();
    }
  }

  private static List<String> read(BufferedReader in) throws Exception {
    List<String> texts = new ArrayList<>();
    for (String line; texts.size() < TEXTS_AT_ONCE && (line = in.readLine()) != null; ) {
      texts.add(line.replace("\\n", "\n"));
    }
    return texts;
  }

  private static String label(StanfordCoreNLP pipeline, String text) {
    Annotation document = new Annotation(text);
    pipeline.annotate(document);
    List<String> names = new ArrayList<>();
    String open = "O";
    int start = 0;
    int end = 0;
    double sure = 1;
    for (CoreLabel token : document.get(TokensAnnotation.class)) {
      String tag = token.ner() == null ? "O" : token.ner();
      if (!tag.equals(open)) {
        close(names, open, start, end, sure);
        open = tag;
        start = token.beginPosition();
        sure = 1;
      }
      end = token.endPosition();
      sure = Math.min(sure, probability(token, tag));
    }
    close(names, open, start, end, sure);
    return String.join("\t", names);
  }

  private static void close(List<String> names, String tag, int start, int end, double sure) {
    if (!tag.equals("O")) {
      names.add(start + " " + end + " " + tag + " " + String.format("%.3f", sure));
    }
  }

  private static double probability(CoreLabel token, String tag) {
    Map<String, Double> probabilities = token.get(NamedEntityTagProbsAnnotation.class);
    return probabilities == null ? 1 : probabilities.getOrDefault(tag, 0.0);
  }
}
