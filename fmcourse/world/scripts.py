"""The same twelve simple sentences in several languages and scripts, to see what a tokenizer makes of each.

Row i says the same thing in every language; the last column says it, loosely, in emoji. The English words are words of
the small world. What this leaves out: style. The sentences were written for comparing lengths, not for learning.
"""

TWELVE: dict[str, tuple[str, ...]] = {
    "English": (
        "The cat lives in the house.", "The horse eats grass.", "Paris is the capital of France.", "The owl is a bird.",
        "We use iron for bridges.", "My friend lives in Rome.", "People in Japan speak Japanese.", "The river is cold.",
        "She works as a teacher.", "He has a dog.", "The book is on the table.", "Three plus four is seven."),
    "French": (
        "Le chat vit dans la maison.", "Le cheval mange de l'herbe.", "Paris est la capitale de la France.",
        "Le hibou est un oiseau.", "Nous utilisons le fer pour les ponts.", "Mon ami habite à Rome.",
        "Au Japon, on parle japonais.", "La rivière est froide.", "Elle travaille comme professeure.", "Il a un chien.",
        "Le livre est sur la table.", "Trois plus quatre font sept."),
    "German": (
        "Die Katze lebt im Haus.", "Das Pferd frisst Gras.", "Paris ist die Hauptstadt von Frankreich.",
        "Die Eule ist ein Vogel.", "Wir verwenden Eisen für Brücken.", "Mein Freund lebt in Rom.",
        "In Japan spricht man Japanisch.", "Der Fluss ist kalt.", "Sie arbeitet als Lehrerin.", "Er hat einen Hund.",
        "Das Buch liegt auf dem Tisch.", "Drei plus vier ist sieben."),
    "Polish": (
        "Kot mieszka w domu.", "Koń je trawę.", "Paryż jest stolicą Francji.", "Sowa jest ptakiem.",
        "Używamy żelaza do budowy mostów.", "Mój przyjaciel mieszka w Rzymie.", "W Japonii mówi się po japońsku.",
        "Rzeka jest zimna.", "Ona pracuje jako nauczycielka.", "On ma psa.", "Książka leży na stole.",
        "Trzy plus cztery to siedem."),
    "Greek": (
        "Η γάτα ζει στο σπίτι.", "Το άλογο τρώει χορτάρι.", "Το Παρίσι είναι η πρωτεύουσα της Γαλλίας.",
        "Η κουκουβάγια είναι πουλί.", "Χρησιμοποιούμε σίδερο για γέφυρες.", "Ο φίλος μου ζει στη Ρώμη.",
        "Στην Ιαπωνία μιλούν ιαπωνικά.", "Το ποτάμι είναι κρύο.", "Αυτή εργάζεται ως δασκάλα.",
        "Αυτός έχει έναν σκύλο.", "Το βιβλίο είναι πάνω στο τραπέζι.", "Τρία συν τέσσερα κάνουν επτά."),
    "Russian": (
        "Кошка живёт в доме.", "Лошадь ест траву.", "Париж — столица Франции.", "Сова — это птица.",
        "Мы используем железо для мостов.", "Мой друг живёт в Риме.", "В Японии говорят по-японски.", "Река холодная.",
        "Она работает учительницей.", "У него есть собака.", "Книга лежит на столе.", "Три плюс четыре равно семи."),
    "Arabic": (
        "القطة تعيش في البيت.", "الحصان يأكل العشب.", "باريس هي عاصمة فرنسا.", "البومة طائر.", "نستخدم الحديد للجسور.",
        "صديقي يعيش في روما.", "الناس في اليابان يتحدثون اليابانية.", "النهر بارد.", "هي تعمل معلمة.", "لديه كلب.",
        "الكتاب على الطاولة.", "ثلاثة زائد أربعة يساوي سبعة."),
    "Hindi": (
        "बिल्ली घर में रहती है।", "घोड़ा घास खाता है।", "पेरिस फ़्रांस की राजधानी है।", "उल्लू एक पक्षी है।",
        "हम पुलों के लिए लोहे का उपयोग करते हैं।", "मेरा दोस्त रोम में रहता है।", "जापान में लोग जापानी बोलते हैं।",
        "नदी ठंडी है।", "वह शिक्षिका का काम करती है।", "उसके पास एक कुत्ता है।", "किताब मेज़ पर है।", "तीन और चार सात होते हैं।"),
    "Chinese": (
        "猫住在房子里。", "马吃草。", "巴黎是法国的首都。", "猫头鹰是一种鸟。", "我们用铁造桥。", "我的朋友住在罗马。",
        "日本人说日语。", "河水很冷。", "她是一名老师。", "他有一只狗。", "书在桌子上。", "三加四等于七。"),
    "emoji": (
        "🐱➡️🏠", "🐴😋🌿", "🗼👑🇫🇷", "🦉🟰🐦", "🔩➡️🌉", "👫📍🇮🇹", "🇯🇵🗣️🇯🇵", "🏞️🥶", "👩💼👩‍🏫", "👨🤝🐕",
        "📖⬆️🪑", "3️⃣➕4️⃣🟰7️⃣"),
}
